import type { CrawlJob } from '../../domain/crawl-job.ts';
import type { CrawlState } from '../../domain/documents.ts';
import { decodeText } from '../../domain/text-encoding.ts';
import type { CrawlContext, Crawled } from '../../ports/source.ts';
import { AttributeFiles, type LinguistAttributes } from './attributes.ts';
import { listTree, type TreeEntry } from './discover.ts';
import { exclusionOfPath } from './exclusions.ts';
import { extract } from './extract.ts';
import type { GitOptions } from './git.ts';
import type { LanguageTable } from './languages.ts';
import { type Blob, BlobReader, type RepositoryObjects } from './objects.ts';

export interface FilesCrawl {
  readonly job: CrawlJob;
  readonly context: CrawlContext;
  readonly objects: RepositoryObjects;
  readonly git: GitOptions;
  /** Where the objects are read through. */
  readonly gitDirectory: string;
  readonly languages: LanguageTable;
  readonly maximumFiles: number;
}

interface Candidate {
  readonly entry: TreeEntry;
  readonly attributes: LinguistAttributes;
  readonly object: string;
}

/** Linguist's limit, and the one that clones are made with. */
const maximumBlob = 1024 * 1024;
const maximumAttributesFile = 128 * 1024;
const maximumAttributesFiles = 1_000;
/** Blobs that are asked for in one go. Their names fit into a pipe, so asking never blocks. */
const readAtOnce = 64;
const unchangedGroup = 500;

export interface FilesResult {
  /** How many there are when all of it is stored. */
  readonly documents: number;
  /** Whether every object could be read; if not, the next crawl should try again though HEAD did not move. */
  readonly complete: boolean;
}

/**
 * Reads what changed in a commit since the last crawl, in git's order; what vanished comes last, when all was listed.
 * @throws RejectedInput `corrupt_repository`
 */
export async function* crawlFiles(crawl: FilesCrawl): AsyncGenerator<Crawled, FilesResult> {
  const { context, objects } = crawl;
  const remembered = await context.statesIn(objects.identity.link);
  const stored = await context.documentsUnder('github', `${objects.identity.key}/`);
  await using blobs = new BlobReader(crawl.git, crawl.gitDirectory, context.signal);
  const attributes = await readAttributeFiles(crawl, blobs);
  return yield* new CommitReading(crawl, blobs, attributes, remembered, stored).run();
}

/** One pass over a commit. */
class CommitReading {
  readonly #crawl: FilesCrawl;
  readonly #blobs: BlobReader;
  readonly #attributes: AttributeFiles;
  readonly #remembered: ReadonlyMap<string, CrawlState>;
  readonly #stored: ReadonlyMap<string, string>;
  /** What is stored and was not met yet. */
  readonly #gone: Map<string, string>;
  #documents = 0;
  #complete = true;

  constructor(
    crawl: FilesCrawl,
    blobs: BlobReader,
    attributes: AttributeFiles,
    remembered: ReadonlyMap<string, CrawlState>,
    stored: ReadonlyMap<string, string>,
  ) {
    this.#crawl = crawl;
    this.#blobs = blobs;
    this.#attributes = attributes;
    this.#remembered = remembered;
    this.#stored = stored;
    this.#gone = new Map(stored);
  }

  async *run(): AsyncGenerator<Crawled, FilesResult> {
    const { objects, git, gitDirectory, context, maximumFiles } = this.#crawl;
    const { identity, headCommit, missing } = objects;
    let candidates: Candidate[] = [];
    let content = 0;
    let unchanged = 0;
    for await (const entry of listTree(git, gitDirectory, headCommit, context.signal)) {
      const attributes = this.#attributes.of(entry.path);
      const excluded = exclusionOfEntry(entry, attributes, missing);
      if (excluded !== undefined) {
        yield { outcome: 'skipped', reason: excluded, link: identity.linkOf(entry.urlPath) };
        continue;
      }
      content += 1;
      if (content > maximumFiles) {
        this.#keep(entry);
      } else if (this.#isUnchanged(entry)) {
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

  #keyOf(entry: TreeEntry): string {
    return `${this.#crawl.objects.identity.key}/${entry.key}`;
  }

  /** Leaves what is stored of it as it is. */
  #keep(entry: TreeEntry): void {
    if (this.#gone.delete(this.#keyOf(entry))) {
      this.#documents += 1;
    }
  }

  #isUnchanged(entry: TreeEntry): boolean {
    const key = this.#keyOf(entry);
    const state = this.#remembered.get(key);
    const sameAuthor = state?.authorId === this.#crawl.job.authorId;
    return sameAuthor && state.validators['blob'] === entry.object && this.#stored.has(key);
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
    const key = this.#keyOf(entry);
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

/** In a pass of its own: a folder's attributes may be listed behind the files that they are about. */
async function readAttributeFiles(crawl: FilesCrawl, blobs: BlobReader): Promise<AttributeFiles> {
  const { git, gitDirectory, objects, context } = crawl;
  const files: TreeEntry[] = [];
  for await (const entry of listTree(git, gitDirectory, objects.headCommit, context.signal)) {
    const named = /(?:^|\/)\.gitattributes$/.test(entry.path) && entry.mode.startsWith('100');
    if (named && (entry.size ?? 0) <= maximumAttributesFile && files.length < maximumAttributesFiles) {
      files.push(entry);
    }
  }
  const attributes = new AttributeFiles();
  for await (const [entry, blob] of blobs.read(files)) {
    if (blob instanceof Uint8Array) {
      attributes.add(entry.path.slice(0, Math.max(0, entry.path.lastIndexOf('/'))), decodeText(blob));
    }
  }
  return attributes;
}
