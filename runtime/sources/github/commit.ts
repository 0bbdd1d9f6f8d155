import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CrawlJob } from '../../domain/crawl-job.ts';
import { documentId } from '../../domain/identity.ts';
import type { CrawlContext, Crawled } from '../../ports/source.ts';
import type { TreeEntry } from './discover.ts';
import { exclusionOfBytes, maximumBlob } from './exclusions.ts';
import { crawlFiles, type KnownFiles } from './files.ts';
import type { GitOptions } from './git.ts';
import type { LanguageTable } from './languages.ts';
import type { RepositoryMemory } from './memory.ts';
import type { KnownMetadata } from './metadata.ts';
import { type Blob, BlobReader, borrow, type RepositoryObjects } from './objects.ts';
import { type ReadmeFile, repositoryArticle } from './readme.ts';
import { surveyTree } from './survey.ts';

export interface CommitCrawl {
  readonly job: CrawlJob;
  readonly context: CrawlContext;
  readonly objects: RepositoryObjects;
  readonly git: GitOptions;
  readonly temporaryFolder: string;
  readonly languages: LanguageTable;
  readonly maximumFiles: number;
  readonly memory: RepositoryMemory;
  readonly metadata: KnownMetadata;
  readonly known: KnownFiles;
  /** Where only changed blobs are there: as `Changes.before`. */
  readonly before?: ReadonlyMap<string, string> | undefined;
}

/**
 * The files of a commit, the document about its repository, and last what is remembered of it: a crawl that was killed
 * is not taken for a complete one.
 */
export async function* crawlCommit(crawl: CommitCrawl): AsyncGenerator<Crawled> {
  const { job, context, objects, git, memory, metadata, before } = crawl;
  const folder = await mkdtemp(join(crawl.temporaryFolder, 'twinstream-objects-'));
  try {
    await borrow(git, objects, folder, context.signal);
    await using blobs = new BlobReader(git, folder, context.signal);
    const survey = await surveyTree(git, folder, objects.headCommit, context.signal);
    const files = yield* crawlFiles({ ...crawl, gitDirectory: folder, before }, blobs, survey);
    const article = yield* crawlArticle(crawl, blobs, survey.readme);
    const { key, name, link } = objects.identity;
    const result = {
      documents: files.documents + (article.stored ? 1 : 0),
      complete: files.complete && article.complete,
      readme: survey.readme,
    };
    const state = memory.after(objects.headCommit, metadata, article.stored, result);
    const repository = { _id: documentId('github', key), authorId: job.authorId, name, link };
    yield { outcome: 'repository', repository: { ...repository, headCommit: objects.headCommit }, state };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface ArticleResult {
  readonly stored: boolean;
  readonly complete: boolean;
}

async function* crawlArticle(
  { job, objects: { identity, missing }, memory, metadata }: CommitCrawl,
  blobs: BlobReader,
  entry: TreeEntry | undefined,
): AsyncGenerator<Crawled, ArticleResult> {
  const stored = memory.articleIsStored;
  if (memory.hasArticleOf(entry, metadata)) {
    if (stored) yield { outcome: 'unchanged', documents: 1 };
    return { stored, complete: true };
  }
  let readme: ReadmeFile | undefined;
  if (entry !== undefined) {
    const link = identity.linkOf(entry.urlPath);
    const blob = await readBlob(blobs, entry);
    if (blob === 'corrupt' || (blob === undefined && missing === 'unknown')) {
      const message = `The content of ${entry.path} (object ${entry.object}) is ${blob ?? 'missing'} in this repository.`;
      yield { outcome: 'rejected', link, reason: blob === 'corrupt' ? 'corrupt_object' : 'missing_object', message };
      return { stored, complete: false };
    }
    const excluded = exclusionOfReadme(blob);
    if (excluded !== undefined) yield { outcome: 'skipped', reason: excluded, link };
    else if (blob instanceof Uint8Array) readme = { entry, bytes: blob };
  }
  const draft = repositoryArticle(identity, job.authorId, metadata.metadata, readme);
  if (draft !== undefined) {
    yield { outcome: 'document', draft };
  } else if (stored) {
    yield { outcome: 'deleted', documentId: documentId('github', identity.key), naturalKey: identity.key };
  }
  return { stored: draft !== undefined, complete: true };
}

/** A blob that is larger than any that is read stays where it is. */
async function readBlob(blobs: BlobReader, entry: TreeEntry): Promise<Blob | 'too_large'> {
  if (entry.size !== undefined && entry.size > maximumBlob) return 'too_large';
  for await (const [, blob] of blobs.read([entry])) return blob;
  return undefined;
}

function exclusionOfReadme(blob: Buffer | 'too_large' | undefined): string | undefined {
  if (!(blob instanceof Uint8Array)) return 'too_large';
  return blob.toString('latin1').trim() === '' ? 'empty' : exclusionOfBytes(blob);
}
