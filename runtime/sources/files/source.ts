import type { BigIntStats } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { CrawlJob, CrawlTask } from '../../domain/crawl-job.ts';
import type { CrawlState } from '../../domain/documents.ts';
import { RejectedInput, TransientError } from '../../domain/errors.ts';
import type { CrawlContext, Crawled, Source, StateUpdate } from '../../ports/source.ts';
import { type Entry, type FileEntry, walk } from './discover.ts';
import { extract } from './extract.ts';
import { acceptedExtensions, formatOf } from './formats.ts';
import { type FileContent, readContent } from './read.ts';
import { refusalOf } from './refusal.ts';
import { isMissing, isPermanent, systemErrorCode } from './system-error.ts';

const mebibyte = 1024 * 1024;
/** Unchanged files are told in groups of this size, so that progress is seen and a hundred thousand cost little. */
const unchangedGroup = 500;
/**
 * A file that was written so short before it was read may be written again within the same tick of the file system's
 * clock and look untouched (git calls such index entries racy): it is not remembered, and so is read once more.
 */
const usualRacyMs = 20;
const accepted = acceptedExtensions.join(', ');

interface Crawl {
  readonly job: CrawlJob;
  readonly signal: AbortSignal;
  readonly remembered: ReadonlyMap<string, CrawlState>;
  /** What is stored: natural key → document id. */
  readonly stored: ReadonlyMap<string, string>;
}

/** Files and folders of this machine: Markdown, HTML and text. */
export class FilesSource implements Source {
  readonly platform = 'file';
  readonly #maximumBytes: number;
  readonly #racyMs: number;

  /**
   * @param options `maximumBytes` of one file, default 10 MiB; `racyMs`, the least age of a change that is trusted to be
   *   the last one, for file systems with a coarse clock, default 20
   */
  constructor(options: { readonly maximumBytes?: number | undefined; readonly racyMs?: number | undefined } = {}) {
    this.#maximumBytes = options.maximumBytes ?? 10 * mebibyte;
    this.#racyMs = options.racyMs ?? usualRacyMs;
  }

  async taskFor(link: URL): Promise<CrawlTask | undefined> {
    return link.protocol === 'file:' ? 'fetch' : undefined;
  }

  /** Deletes last, and only when the whole of the folder was seen. */
  async *crawl(job: CrawlJob, context: CrawlContext): AsyncGenerator<Crawled> {
    const given = pathOf(job.url);
    const root = await look(given);
    if (root === undefined) {
      yield* this.#vanished(given, context);
      return;
    }
    const { path, stats } = root;
    const prefix = stats.isDirectory() ? join(path, sep) : path;
    const crawl: Crawl = {
      job,
      signal: context.signal,
      remembered: await context.statesIn(job.url),
      stored: await context.documentsUnder('file', prefix),
    };
    if (stats.isDirectory()) {
      yield* this.#folder(path, crawl);
      return;
    }
    const format = stats.isFile() ? formatOf(path) : undefined;
    if (format === undefined) throw await refusalOf(path, stats);
    const outcome = await this.#file({ path, stats, format }, crawl);
    if (outcome === undefined) {
      throw new RejectedInput('not_found', `${path} was removed while it was read.`);
    }
    const documentId = crawl.stored.get(path);
    yield isEmpty(outcome) && documentId !== undefined ? { outcome: 'deleted', documentId, naturalKey: path } : outcome;
  }

  /** A file that was taken in and is gone while its folder is still there was deleted; anything else is a mistake. */
  async *#vanished(given: string, context: CrawlContext): AsyncGenerator<Crawled> {
    const folder = await look(dirname(given));
    const path = folder === undefined ? given : join(folder.path, basename(given));
    const documentId = folder && (await context.documentsUnder('file', path)).get(path);
    if (documentId === undefined) {
      throw new RejectedInput('not_found', `There is no file or folder at ${given}.`);
    }
    yield { outcome: 'deleted', documentId, naturalKey: path };
  }

  async *#folder(root: string, crawl: Crawl): AsyncGenerator<Crawled> {
    const gone = new Map(crawl.stored);
    const unseen: string[] = [];
    let foundNothing = crawl.stored.size === 0;
    let unchanged = 0;
    for await (const entry of walk(root, crawl.signal)) {
      foundNothing &&= entry.entry === 'skipped';
      const outcome = entry.entry === 'file' ? await this.#file(entry, crawl) : outcomeOf(entry);
      if (outcome === undefined) {
        continue;
      }
      if (isEmpty(outcome)) {
        // The text that was stored of it, if any, stays among what is gone.
        yield { outcome: 'skipped', reason: outcome.reason, link: outcome.link };
        continue;
      }
      gone.delete(entry.path);
      if (entry.entry === 'rejected' || (entry.entry === 'skipped' && entry.holdsUnseen)) {
        unseen.push(join(entry.path, sep));
      }
      if (outcome.outcome !== 'unchanged') {
        yield outcome;
        continue;
      }
      unchanged += outcome.documents;
      if (unchanged === unchangedGroup) {
        yield { outcome: 'unchanged', documents: unchanged };
        unchanged = 0;
      }
    }
    if (unchanged > 0) {
      yield { outcome: 'unchanged', documents: unchanged };
    }
    for (const [naturalKey, documentId] of gone) {
      if (!unseen.some((folder) => naturalKey.startsWith(folder))) {
        yield { outcome: 'deleted', documentId, naturalKey };
      }
    }
    if (foundNothing) {
      const message = `${root} holds nothing to take in; accepted are ${accepted}.`;
      yield { outcome: 'rejected', link: pathToFileURL(root).href, reason: 'nothing_found', message };
    }
  }

  /** @returns undefined when the file is gone by now */
  async #file(file: Omit<FileEntry, 'entry'>, crawl: Crawl): Promise<Crawled | undefined> {
    const { path, format } = file;
    const { authorId, url } = crawl.job;
    const remembered = crawl.remembered.get(path);
    if (
      remembered?.authorId === authorId &&
      crawl.stored.has(path) &&
      isSame(remembered.validators, validatorsOf(file.stats))
    ) {
      return { outcome: 'unchanged', documents: 1 };
    }
    const link = pathToFileURL(path).href;
    try {
      const content = await readContent(path, this.#maximumBytes);
      if (content === undefined) {
        return undefined;
      }
      const draft = extract({ path, link, format, bytes: content.bytes, authorId });
      const validators = validatorsOf(content.stats);
      const state: StateUpdate = { key: path, scope: url, validators, lastResult: 'stored' };
      return { outcome: 'document', draft, state: this.#isRacy(content) ? undefined : state };
    } catch (error) {
      if (error instanceof RejectedInput) {
        return { outcome: 'rejected', link, reason: error.reason, message: error.message };
      }
      throw error;
    }
  }

  #isRacy({ stats, readAt }: FileContent): boolean {
    return readAt - Number(stats.ctimeMs) < this.#racyMs;
  }
}

/** @throws RejectedInput `unsupported_link` for a file: URL of another host or with an encoded `/` */
function pathOf(link: string): string {
  try {
    return resolve(fileURLToPath(link));
  } catch (error) {
    throw new RejectedInput('unsupported_link', `${link} is no file: URL of a file or folder on this machine.`, {
      cause: error,
    });
  }
}

/** @returns undefined when there is nothing */
async function look(given: string): Promise<{ readonly path: string; readonly stats: BigIntStats } | undefined> {
  try {
    const path = await realpath(given);
    return { path, stats: await stat(path, { bigint: true }) };
  } catch (error) {
    const code = systemErrorCode(error);
    if (isMissing(code)) {
      return undefined;
    }
    if (isPermanent(code)) {
      throw new RejectedInput('unreadable', `${given} cannot be read (${code}).`, { cause: error });
    }
    throw new TransientError(`${given} could not be looked at (${code}).`, { cause: error });
  }
}

/** A file without text: in a folder that is no mistake, and what it once said is deleted. */
function isEmpty(crawled: Crawled): crawled is Extract<Crawled, { readonly outcome: 'rejected' }> {
  return crawled.outcome === 'rejected' && crawled.reason === 'empty';
}

function outcomeOf(entry: Exclude<Entry, FileEntry>): Crawled {
  const link = pathToFileURL(entry.path).href;
  return entry.entry === 'skipped'
    ? { outcome: 'skipped', reason: entry.reason, link }
    : { outcome: 'rejected', reason: entry.reason, message: entry.message, link };
}

/** Numbers that can exceed 2^53 are kept as strings. */
function validatorsOf(stats: BigIntStats): CrawlState['validators'] {
  return {
    size: Number(stats.size),
    mtimeNs: String(stats.mtimeNs),
    ctimeNs: String(stats.ctimeNs),
    ino: String(stats.ino),
  };
}

function isSame(remembered: CrawlState['validators'], found: CrawlState['validators']): boolean {
  return Object.entries(found).every(([name, value]) => remembered[name] === value);
}
