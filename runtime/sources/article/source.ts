import type { CrawlJob } from '../../domain/crawl-job.ts';
import type { CrawlState } from '../../domain/documents.ts';
import { RejectedInput } from '../../domain/errors.ts';
import { documentId } from '../../domain/identity.ts';
import { normalizeAddress } from '../../html/web-address.ts';
import type { Fetcher } from '../../ports/fetcher.ts';
import type { CrawlContext, Crawled, Source } from '../../ports/source.ts';
import { draftOf, type PageReader, readPage } from './extract.ts';

/** Any page of the web, one document a link. The last source to be asked, as it claims whatever a browser could open. */
export class ArticleSource implements Source {
  readonly platform = 'web';
  readonly #fetcher: Pick<Fetcher, 'fetch'>;
  readonly #read: PageReader;

  constructor(fetcher: Pick<Fetcher, 'fetch'>, read: PageReader = readPage) {
    this.#fetcher = fetcher;
    this.#read = read;
  }

  async claims(link: URL): Promise<boolean> {
    return link.protocol === 'https:' || link.protocol === 'http:';
  }

  async *crawl(job: CrawlJob, context: CrawlContext): AsyncGenerator<Crawled> {
    const known = await this.#known(job, context);
    const result = await this.#fetchOrGone(job.url, context.signal, known);
    if (result === 'gone') {
      yield* this.#gone(job, context.signal, known);
      return;
    }
    if (result.status === 'not_modified') {
      yield { outcome: 'unchanged', documents: 1 };
      return;
    }
    const { url, mediaType, text } = result;
    const draft = draftOf(result, await this.#read({ url, mediaType, text }, context.signal), job);
    const validators: Record<string, string> = { naturalKey: draft.naturalKey };
    if (result.etag !== undefined) validators['etag'] = result.etag;
    if (result.lastModified !== undefined) validators['lastModified'] = result.lastModified;
    yield { outcome: 'document', draft, state: { key: job.url, scope: job.url, validators, lastResult: 'stored' } };
  }

  /** The state of the last crawl, unless its document is no longer there: then the page is wanted whole. */
  async #known(job: CrawlJob, context: CrawlContext): Promise<CrawlState | undefined> {
    const state = await context.state(job.url);
    const naturalKey = state?.validators['naturalKey'];
    if (typeof naturalKey !== 'string') return undefined;
    const stored = await context.documentsUnder(this.platform, naturalKey);
    return stored.has(naturalKey) ? state : undefined;
  }

  async #fetchOrGone(url: string, signal: AbortSignal, known?: CrawlState) {
    try {
      return await this.#fetcher.fetch(url, {
        signal,
        etag: textOf(known?.validators['etag']),
        lastModified: textOf(known?.validators['lastModified']),
      });
    } catch (error) {
      const gone = error instanceof RejectedInput && (error.reason === 'gone' || error.reason === 'not_found');
      if (gone && known) return 'gone';
      throw error;
    }
  }

  /** A link that led to the page may go while the page stays, so the page itself is asked for before it is given up. */
  async *#gone(job: CrawlJob, signal: AbortSignal, known: CrawlState | undefined): AsyncGenerator<Crawled> {
    const naturalKey = textOf(known?.validators['naturalKey']);
    if (naturalKey === undefined) return;
    if (naturalKey !== normalizeAddress(job.url)) {
      const page = await this.#fetchOrGone(naturalKey, signal, known);
      if (page !== 'gone') {
        yield { outcome: 'unchanged', documents: 1 };
        return;
      }
    }
    yield { outcome: 'deleted', documentId: documentId(this.platform, naturalKey), naturalKey };
  }
}

function textOf(value: string | number | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
