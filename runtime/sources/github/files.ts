import type { CrawlJob } from '../../domain/crawl-job.ts';
import type { CrawlState } from '../../domain/documents.ts';
import type { CrawlContext, Crawled } from '../../ports/source.ts';
import type { AttributeFiles, LinguistAttributes } from './attributes.ts';
import { listTree, type TreeEntry } from './discover.ts';
import { exclusionOfPath, maximumBlob } from './exclusions.ts';
import { extract } from './extract.ts';
import type { GitOptions } from './git.ts';
import type { RepositoryIdentity } from './identity.ts';
import type { LanguageTable } from './languages.ts';
import type { Blob, BlobReader, RepositoryObjects } from './objects.ts';
import { readAttributes, type TreeSurvey, versionOf } from './survey.ts';

export interface FilesCrawl {
  readonly job: CrawlJob;
  readonly context: CrawlContext;
  readonly objects: RepositoryObjects;
  readonly git: GitOptions;
  /** Where the objects are read through. */
  readonly gitDirectory: string;
  readonly languages: LanguageTable;
  readonly maximumFiles: number;
  /** Where only changed blobs are there: as `Changes.before`. */
  readonly before: ReadonlyMap<string, string> | undefined;
  /** What was taken in before. */
  readonly known: KnownFiles;
}

interface Candidate {
  readonly entry: TreeEntry;
  readonly attributes: LinguistAttributes;
  readonly object: string;
}

/** Blobs that are asked for in one go. Their names fit into a pipe, so asking never blocks. */
const readAtOnce = 64;
const unchangedGroup = 500;

export interface FilesResult {
  /** How many there are when all of it is stored. */
  readonly documents: number;
  /** Whether every object could be read; if not, the next crawl should try again though HEAD did not move. */
  readonly complete: boolean;
}

/** The files of a repository that are stored. */
export class KnownFiles {
  /** Natural key → document id. */
  readonly stored: ReadonlyMap<string, string>;
  readonly #remembered: ReadonlyMap<string, CrawlState>;
  readonly #identity: RepositoryIdentity;
  readonly #authorId: string;

  /** @param trusted whether what is remembered was judged by the rules of today */
  static async read(
    identity: RepositoryIdentity,
    job: CrawlJob,
    context: CrawlContext,
    trusted: boolean,
  ): Promise<KnownFiles> {
    const remembered = trusted ? await context.statesIn(identity.link) : new Map<string, CrawlState>();
    return new KnownFiles(
      identity,
      job.authorId,
      remembered,
      await context.documentsUnder('github', `${identity.key}/`),
    );
  }

  private constructor(
    identity: RepositoryIdentity,
    authorId: string,
    remembered: ReadonlyMap<string, CrawlState>,
    stored: ReadonlyMap<string, string>,
  ) {
    this.#identity = identity;
    this.#authorId = authorId;
    this.#remembered = remembered;
    this.stored = stored;
  }

  keyOf(entry: TreeEntry): string {
    return `${this.#identity.key}/${entry.key}`;
  }

  isStored(entry: TreeEntry): boolean {
    return this.stored.has(this.keyOf(entry));
  }

  isUnchanged(entry: TreeEntry): boolean {
    const state = this.#remembered.get(this.keyOf(entry));
    const sameAuthor = state?.authorId === this.#authorId;
    return sameAuthor && state.validators['blob'] === entry.object && this.isStored(entry);
  }
}

/**
 * Reads what changed in a commit since the last crawl, in git's order; what vanished comes last, when all was listed.
 * @param survey of the commit; its README is no code file
 * @throws RejectedInput `corrupt_repository`
 */
export async function* crawlFiles(
  crawl: FilesCrawl,
  blobs: BlobReader,
  survey: TreeSurvey,
): AsyncGenerator<Crawled, FilesResult> {
  const attributes = await readAttributes(blobs, survey);
  return yield* new CommitReading(crawl, blobs, attributes, survey.readme?.key).run();
}

/** One pass over a commit. */
class CommitReading {
  readonly #crawl: FilesCrawl;
  readonly #blobs: BlobReader;
  readonly #attributes: AttributeFiles;
  readonly #readme: string | undefined;
  /** What is stored and was not met yet. */
  readonly #gone: Map<string, string>;
  #documents = 0;
  #complete = true;

  constructor(crawl: FilesCrawl, blobs: BlobReader, attributes: AttributeFiles, readme: string | undefined) {
    this.#crawl = crawl;
    this.#blobs = blobs;
    this.#attributes = attributes;
    this.#readme = readme;
    this.#gone = new Map(crawl.known.stored);
  }

  async *run(): AsyncGenerator<Crawled, FilesResult> {
    const { objects, git, gitDirectory, context, maximumFiles, known } = this.#crawl;
    const { identity, headCommit, missing } = objects;
    let candidates: Candidate[] = [];
    let content = 0;
    let unchanged = 0;
    for await (const entry of listTree(git, gitDirectory, headCommit, context.signal)) {
      if (entry.key === this.#readme) continue;
      const attributes = this.#attributes.of(entry.path);
      const excluded = exclusionOfEntry(entry, attributes, missing) ?? this.#exclusionBefore(entry);
      if (excluded !== undefined) {
        yield { outcome: 'skipped', reason: excluded, link: identity.linkOf(entry.urlPath) };
        continue;
      }
      content += 1;
      if (content > maximumFiles) {
        this.#keep(entry);
      } else if (known.isUnchanged(entry)) {
        this.#keep(entry);
        unchanged += 1;
      } else {
        candidates.push({ entry, attributes, object: entry.object });
      }
      if (unchanged === unchangedGroup) {
        yield { outcome: 'unchanged', documents: unchanged };
        unchanged = 0;
      }
      if (candidates.length === readAtOnce) {
        yield* this.#read(candidates);
        candidates = [];
      }
    }
    yield* this.#read(candidates);
    if (unchanged > 0) {
      yield { outcome: 'unchanged', documents: unchanged };
    }
    if (content > maximumFiles) {
      const message = `${content - maximumFiles} files are beyond the limit of ${maximumFiles} for one repository.`;
      yield { outcome: 'rejected', link: identity.link, reason: 'too_many_files', message };
    }
    for (const [naturalKey, documentId] of this.#gone) {
      yield { outcome: 'deleted', documentId, naturalKey };
    }
    return { documents: this.#documents, complete: this.#complete };
  }

  /** A file that is as it was when it became no document; why that was, only its content could tell. */
  #exclusionBefore(entry: TreeEntry): string | undefined {
    const { before, known } = this.#crawl;
    const same = before?.get(entry.key) === versionOf(entry) && !known.isStored(entry);
    return same ? 'excluded_before' : undefined;
  }

  /** Leaves what is stored of it as it is. */
  #keep(entry: TreeEntry): void {
    if (this.#gone.delete(this.#crawl.known.keyOf(entry))) {
      this.#documents += 1;
    }
  }

  async *#read(candidates: readonly Candidate[]): AsyncGenerator<Crawled> {
    for await (const [candidate, blob] of this.#blobs.read(candidates)) {
      yield this.#outcomeOf(candidate, blob);
    }
  }

  #outcomeOf({ entry, attributes }: Candidate, blob: Blob): Crawled {
    const { job, objects, languages } = this.#crawl;
    const { identity, headCommit } = objects;
    const link = identity.linkOf(entry.urlPath);
    if (!(blob instanceof Uint8Array)) {
      this.#keep(entry);
      this.#complete = false;
      const message = `The content of ${entry.path} (object ${entry.object}) is ${blob ?? 'missing'} in this repository.`;
      return { outcome: 'rejected', link, reason: blob === 'corrupt' ? 'corrupt_object' : 'missing_object', message };
    }
    const { authorId } = job;
    const file = { entry, attributes, bytes: blob, repository: identity, commit: headCommit, authorId };
    const extracted = extract(file, languages);
    if ('excluded' in extracted) {
      return { outcome: 'skipped', reason: extracted.excluded, link };
    }
    const key = this.#crawl.known.keyOf(entry);
    this.#gone.delete(key);
    this.#documents += 1;
    const state = { key, scope: identity.link, validators: { blob: entry.object }, lastResult: 'stored' };
    return { outcome: 'document', draft: extracted, state };
  }
}

/** Why a file is no content, before its blob is read. */
function exclusionOfEntry(
  entry: TreeEntry,
  attributes: LinguistAttributes,
  missing: RepositoryObjects['missing'],
): string | undefined {
  if (entry.mode === '160000') {
    return 'submodule';
  }
  if (entry.mode === '120000') {
    return 'symbolic_link';
  }
  const excluded = exclusionOfPath(entry.path, attributes);
  if (excluded !== undefined) {
    return excluded;
  }
  if (entry.size === undefined) {
    return missing === 'too_large' ? 'too_large' : undefined;
  }
  return entry.size > maximumBlob ? 'too_large' : undefined;
}
