import type { CrawlJob, CrawlTask } from '../domain/crawl-job.ts';
import { rootOf } from '../domain/crawl-job.ts';
import type { CrawlState, DocumentDraft, Payload, Platform } from '../domain/documents.ts';
import { RejectedInput, TransientError } from '../domain/errors.ts';
import { documentId } from '../domain/identity.ts';
import type { Fetcher, FetchRequest } from '../ports/fetcher.ts';
import type { CrawlContext, Crawled, Source, StateUpdate } from '../ports/source.ts';
import { naturalKeyOf } from './catalogue.ts';
import { foreignCopy } from './foreign-copy.ts';
import type { PageReader, PageReading, ReadDocument } from './page-reader.ts';

/** What came of asking for a document. */
export type Retrieved =
  | { readonly status: 'not_modified' }
  | {
      readonly status: 'ok';
      readonly reading: PageReading;
      /** What the reading was made of. */
      readonly payload: Payload;
      readonly etag?: string | undefined;
      readonly lastModified?: string | undefined;
    };

export interface HttpCrawlerOptions {
  readonly fetcher: Pick<Fetcher, 'fetch'>;
  readonly read: PageReader;
}

/** What is remembered of a page that was there and is not: once may be a mishap, twice is gone. */
const missing = 'missing';

/**
 * Crawls sites whose documents are pages of their own: asks for changes only, deletes what is gone, and leaves to the
 * subclass which links there are and how its pages are read.
 */
export abstract class HttpCrawler implements Source {
  abstract readonly platform: Platform;
  protected readonly fetcher: Pick<Fetcher, 'fetch'>;
  protected readonly read: PageReader;

  constructor(options: HttpCrawlerOptions) {
    this.fetcher = options.fetcher;
    this.read = options.read;
  }

  /**
   * The platform's own hosts, with all below them, where pages of other hosts may have its documents, too: then these do
   * not take the place of what is stored from elsewhere. Default: none, since links alone tell documents apart.
   */
  protected get ownHosts(): readonly string[] {
    return [];
  }

  abstract taskFor(link: URL): Promise<CrawlTask | undefined>;

  /** Expands a `discover` job. */
  protected abstract discover(job: CrawlJob, context: CrawlContext): AsyncIterable<Crawled>;

  crawl(job: CrawlJob, context: CrawlContext): AsyncIterable<Crawled> {
    return job.task === 'discover' ? this.discover(job, context) : this.fetchDocument(job, context);
  }

  /** Asks for the document of a `fetch` job. @param conditions from the last time, if there was one */
  protected async retrieve(
    job: CrawlJob,
    conditions: Pick<FetchRequest, 'etag' | 'lastModified'>,
    { signal }: CrawlContext,
  ): Promise<Retrieved> {
    const result = await this.fetcher.fetch(job.url, { signal, ...conditions });
    if (result.status === 'not_modified') return result;
    const { url, mediaType, text, body, etag, lastModified } = result;
    const reading = await this.read({ url, mediaType, text }, signal);
    return { status: 'ok', reading, payload: { mediaType, bytes: body }, etag, lastModified };
  }

  protected async *fetchDocument(job: CrawlJob, context: CrawlContext): AsyncGenerator<Crawled> {
    const state = await context.state(job.url);
    const known = state !== undefined && (await this.#isStored(state, context)) ? state : undefined;
    if (known !== undefined && isFresh(known, job)) {
      yield { outcome: 'unchanged', documents: 1 };
      return;
    }
    // What was refused the last time may be asked for in the same way: unless the page changes it is refused again.
    const validators = (
      known ?? (state !== undefined && wasRefused(state) && naturalKeyOf(state) === undefined ? state : undefined)
    )?.validators;
    let retrieved: Retrieved;
    try {
      const conditions = { etag: textOf(validators?.['etag']), lastModified: textOf(validators?.['lastModified']) };
      retrieved = await this.retrieve(job, conditions, context);
    } catch (error) {
      if (!(error instanceof RejectedInput)) throw error;
      if (known !== undefined && isGone(error)) yield* this.#gone(job, known, error, context);
      else yield refusal(job, error, documentOf(known), known);
      return;
    }
    if (retrieved.status === 'ok') {
      yield* this.#found(job, retrieved, known, context);
    } else if (known !== undefined && !wasRefused(known)) {
      yield { outcome: 'unchanged', documents: 1, state: stateOf(job, known.validators, 'stored', known) };
    } else if (state !== undefined) {
      const message = `${job.url} is as it was when it was refused before`;
      yield refusal(job, { reason: state.lastResult, message }, state.validators, state);
    }
  }

  async *#found(
    job: CrawlJob,
    retrieved: Extract<Retrieved, { readonly status: 'ok' }>,
    known: CrawlState | undefined,
    context: CrawlContext,
  ): AsyncGenerator<Crawled> {
    const { reading, payload, etag, lastModified } = retrieved;
    const validators = { ...(etag !== undefined && { etag }), ...(lastModified !== undefined && { lastModified }) };
    // A document stays while its page is refused, and with it what is needed to find it gone.
    const kept = { ...validators, ...documentOf(known) };
    switch (reading.outcome) {
      case 'document': {
        const draft = draftOf(reading.document, this.platform, payload, job);
        const { naturalKey, link } = draft;
        const retrieve = (asked: CrawlJob) => this.retrieve(asked, {}, context);
        const message = await foreignCopy({ job, draft, context, hosts: this.ownHosts, retrieve });
        if (message !== undefined) {
          // Nothing to ask by is kept: what is stored may move here while this page stays as it is.
          yield refusal(job, { reason: 'foreign_copy', message }, documentOf(known), known);
          return;
        }
        yield* this.#movedFrom(job, known, naturalKey);
        yield { outcome: 'document', draft, state: stateOf(job, { ...validators, naturalKey, link }, 'stored', known) };
        return;
      }
      case 'rejected':
        yield refusal(job, reading, kept, known);
        return;
      case 'rate_limited':
        throw new TransientError(reading.message);
      case 'belongs_to':
        yield { outcome: 'job', task: job.task, url: job.url, platform: reading.platform };
        return;
      case 'listing':
        // A list that a person named is expanded; among the links of another list it is no document.
        if (job.discovery === undefined) yield { outcome: 'job', task: 'discover', url: job.url };
        else yield refusal(job, { reason: 'unsupported_media_type', message: reading.message }, kept, known);
    }
  }

  /** A page whose own link now leads to another one has moved there: the document it was is no more. */
  *#movedFrom(job: CrawlJob, known: CrawlState | undefined, naturalKey: string): Generator<Crawled> {
    const before = known?.validators['naturalKey'];
    if (typeof before !== 'string' || before === naturalKey || known?.validators['link'] !== job.url) return;
    yield { outcome: 'deleted', documentId: documentId(this.platform, before), naturalKey: before };
  }

  async #isStored(state: CrawlState, context: CrawlContext): Promise<boolean> {
    const naturalKey = naturalKeyOf(state);
    return naturalKey !== undefined && (await context.isStored(this.platform, naturalKey));
  }

  /**
   * The page was there and is not. It is deleted when its listing no longer names it either, or when the last crawl
   * found it gone as well. A link that led to the page may go while the page stays, so the page itself is asked for.
   */
  async *#gone(job: CrawlJob, known: CrawlState, error: RejectedInput, context: CrawlContext): AsyncGenerator<Crawled> {
    const { naturalKey, link } = known.validators;
    if (typeof naturalKey !== 'string') throw error;
    if (typeof link === 'string' && link !== job.url && !(await this.#isGone(link, context))) {
      yield { outcome: 'unchanged', documents: 1 };
      return;
    }
    if (job.discovery?.unlisted === true || known.lastResult === missing) {
      yield { outcome: 'deleted', documentId: documentId(this.platform, naturalKey), naturalKey, stateKey: job.url };
      return;
    }
    const message = `${error.message}; it was there before, and is kept until the next crawl finds it gone, too`;
    const state = stateOf(job, known.validators, missing, known);
    yield { outcome: 'rejected', link: job.url, reason: error.reason, message, state };
  }

  async #isGone(link: string, { signal }: CrawlContext): Promise<boolean> {
    try {
      await this.fetcher.fetch(link, { signal });
      return false;
    } catch (error) {
      if (isGone(error)) return true;
      throw error;
    }
  }
}

/** The draft of what a page describes. */
export function draftOf(document: ReadDocument, platform: Platform, payload: Payload, job: CrawlJob): DocumentDraft {
  return { ...document, platform, authorId: job.authorId, payload: document.payload ?? payload };
}

/** A link that a person gave fails as a job; one of a catalogue is a loss among many, and remembered. */
function refusal(
  job: CrawlJob,
  refused: { readonly reason: string; readonly message: string },
  validators: CrawlState['validators'],
  before: CrawlState | undefined,
): Crawled {
  const { reason, message } = refused;
  if (rootOf(job) === job.url) throw new RejectedInput(reason, message, { cause: refused });
  return { outcome: 'rejected', link: job.url, reason, message, state: stateOf(job, validators, reason, before) };
}

/** A page that a person asks for by itself stays one of the catalogue that it was found in. */
function stateOf(
  job: CrawlJob,
  validators: CrawlState['validators'],
  lastResult: string,
  before: CrawlState | undefined,
): StateUpdate {
  const scope = job.discovery === undefined ? (before?.scope ?? job.url) : rootOf(job);
  const lastmod = job.discovery?.lastmod;
  const { lastmod: _, ...others } = validators;
  return { key: job.url, scope, validators: lastmod === undefined ? others : { ...others, lastmod }, lastResult };
}

/** Stored after it was asked for, or dated by its listing as it was when it was stored. */
function isFresh({ crawledAt, lastResult, validators }: CrawlState, { discovery }: CrawlJob): boolean {
  if (discovery === undefined || discovery.unlisted === true || lastResult !== 'stored') return false;
  return (
    crawledAt >= discovery.requestedAt ||
    (discovery.lastmod !== undefined && validators['lastmod'] === discovery.lastmod)
  );
}

function wasRefused({ lastResult }: CrawlState): boolean {
  return lastResult !== 'stored' && lastResult !== missing;
}

/** What is remembered of the document itself. */
function documentOf(state: CrawlState | undefined): CrawlState['validators'] {
  const { naturalKey, link } = state?.validators ?? {};
  return { ...(naturalKey !== undefined && { naturalKey }), ...(link !== undefined && { link }) };
}

function isGone(error: unknown): error is RejectedInput {
  return error instanceof RejectedInput && (error.reason === 'gone' || error.reason === 'not_found');
}

function textOf(value: string | number | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
