import type { CrawlState } from '../../domain/documents.ts';
import type { CrawlContext, StateUpdate } from '../../ports/source.ts';
import type { TreeEntry } from './discover.ts';
import { rulesFingerprint } from './exclusions.ts';
import type { RepositoryIdentity } from './identity.ts';
import { type KnownMetadata, rememberedMetadata } from './metadata.ts';
import { readmeFingerprint } from './readme.ts';

/** What came of a whole commit. */
export interface CommitResult {
  /** How many there are when all of it is stored, the one about the repository included. */
  readonly documents: number;
  /** Whether every object could be read; if not, the next crawl should try again though HEAD did not move. */
  readonly complete: boolean;
  readonly readme: TreeEntry | undefined;
}

/** What the last crawl of a repository left behind, and whether it still holds. */
export class RepositoryMemory {
  readonly metadata: KnownMetadata;
  /** Whether files were judged by the rules of today, or not at all yet. */
  readonly sameRules: boolean;
  readonly articleIsStored: boolean;
  /** The commit that was taken in as a whole, and all of which is still stored. */
  readonly headCommit: string | undefined;
  readonly documents: number;
  readonly #identity: RepositoryIdentity;
  readonly #rules: string;
  readonly #maximumFiles: number;
  readonly #validators: CrawlState['validators'];

  static async read(
    identity: RepositoryIdentity,
    context: CrawlContext,
    maximumFiles: number,
  ): Promise<RepositoryMemory> {
    const state = await context.state(identity.key);
    const files = (await context.documentsUnder('github', `${identity.key}/`)).size;
    const articleIsStored = await context.isStored('github', identity.key);
    return new RepositoryMemory(identity, state, maximumFiles, files, articleIsStored);
  }

  private constructor(
    identity: RepositoryIdentity,
    state: CrawlState | undefined,
    maximumFiles: number,
    files: number,
    articleIsStored: boolean,
  ) {
    this.#identity = identity;
    this.#rules = rulesFingerprint();
    this.#maximumFiles = maximumFiles;
    this.#validators = state?.validators ?? {};
    this.metadata = rememberedMetadata(state);
    this.articleIsStored = articleIsStored;
    this.documents = files + (articleIsStored ? 1 : 0);
    this.sameRules = state === undefined || this.#validators['rules'] === this.#rules;
    const { headCommit, documents, maximumFiles: limit } = this.#validators;
    const holds = this.sameRules && documents === this.documents && limit === maximumFiles;
    this.headCommit = holds && typeof headCommit === 'string' ? headCommit : undefined;
  }

  /** Whether the document about the repository is as these would make it; where they make none, that too. */
  hasArticleOf(readme: TreeEntry | undefined, metadata: KnownMetadata): boolean {
    const { readme: before, article } = this.#validators;
    const isAsItWas = article === (this.articleIsStored ? 1 : 0) && this.sameRules;
    return isAsItWas && before === readmeFingerprint(readme) && this.hasMetadata(metadata);
  }

  hasMetadata(metadata: KnownMetadata): boolean {
    return this.#validators['metadata'] === metadata.validators['metadata'];
  }

  /** With other validators for the metadata, which say the same. */
  renewed(metadata: KnownMetadata): StateUpdate {
    return this.#state({ ...this.#validators, ...metadata.validators }, 'stored');
  }

  after(headCommit: string, metadata: KnownMetadata, article: boolean, result: CommitResult): StateUpdate {
    const { complete, documents, readme } = result;
    const always = { ...metadata.validators, rules: this.#rules };
    if (!complete) return this.#state(always, 'partial');
    const limit = { maximumFiles: this.#maximumFiles };
    const whole = { ...limit, headCommit, documents, article: article ? 1 : 0, readme: readmeFingerprint(readme) };
    return this.#state({ ...always, ...whole }, 'stored');
  }

  #state(validators: CrawlState['validators'], lastResult: string): StateUpdate {
    return { key: this.#identity.key, scope: this.#identity.link, validators, lastResult };
  }
}
