import { HttpCrawler, type HttpCrawlerOptions, type Retrieved } from '../../crawling/http-crawler.ts';
import type { CrawlJob, CrawlTask } from '../../domain/crawl-job.ts';
import { RejectedInput } from '../../domain/errors.ts';
import type { Browser } from '../../ports/browser.ts';
import type { FetchRequest } from '../../ports/fetcher.ts';
import type { CrawlContext, Crawled } from '../../ports/source.ts';
import { discoverSite, standsForMany } from './discover.ts';

interface ArticleSourceOptions extends HttpCrawlerOptions {
  /** For pages that show nothing without scripts. Without one they are refused. */
  readonly browser?: Pick<Browser, 'visit'> | undefined;
}

/** How long scripts may take to bring a text. */
const renderingMs = 5_000;

/** Any page of the web, one document a link. The last source to be asked, as it takes whatever a browser could open. */
export class ArticleSource extends HttpCrawler {
  readonly platform = 'web';
  readonly #browser: Pick<Browser, 'visit'> | undefined;

  constructor(options: ArticleSourceOptions) {
    super(options);
    this.#browser = options.browser;
  }

  async taskFor(link: URL): Promise<CrawlTask | undefined> {
    if (link.protocol !== 'https:' && link.protocol !== 'http:') return undefined;
    return standsForMany(link) ? 'discover' : 'fetch';
  }

  protected async *discover(job: CrawlJob, context: CrawlContext): AsyncGenerator<Crawled> {
    const found = yield* discoverSite({ job, context, fetcher: this.fetcher, read: this.read });
    // A page that leads nowhere is one to be read, or refused with the reason why it leads nowhere.
    if (!found) yield* this.fetchDocument(job, context);
  }

  protected override async retrieve(
    job: CrawlJob,
    conditions: Pick<FetchRequest, 'etag' | 'lastModified'>,
    context: CrawlContext,
  ): Promise<Retrieved> {
    const retrieved = await super.retrieve(job, conditions, context);
    if (retrieved.status !== 'ok' || !needsBrowser(retrieved)) return retrieved;
    return await this.#render(job, retrieved, context);
  }

  /** What the server says of the page says nothing of what its scripts show: it is rendered anew each time. */
  async #render(
    { url }: CrawlJob,
    { reading, payload }: Extract<Retrieved, { readonly status: 'ok' }>,
    { signal }: CrawlContext,
  ): Promise<Retrieved> {
    if (this.#browser === undefined) return { status: 'ok', reading: without(reading, 'none is set up here'), payload };
    try {
      const rendered = await this.#browser.visit(url, { signal }, async (page) => {
        await page.waitFor('article, main, p', renderingMs);
        return { url: await page.url(), mediaType: 'text/html', text: await page.html() };
      });
      const bytes = Buffer.from(rendered.text);
      return { status: 'ok', reading: await this.read(rendered, signal), payload: { mediaType: 'text/html', bytes } };
    } catch (error) {
      if (!(error instanceof RejectedInput) || error.reason !== 'browser_missing') throw error;
      return { status: 'ok', reading: without(reading, error.message), payload };
    }
  }
}

type Refused = Extract<Retrieved, { readonly status: 'ok' }>['reading'];

function needsBrowser({ reading, payload }: Extract<Retrieved, { readonly status: 'ok' }>): boolean {
  if (reading.outcome !== 'rejected') return false;
  if (reading.reason === 'javascript_required') return true;
  return reading.reason === 'empty_page' && Buffer.from(payload.bytes).includes('<script');
}

function without(reading: Refused, why: string): Refused {
  if (reading.outcome !== 'rejected') return reading;
  const message = `${reading.message}: it needs Chrome or Chromium (Debian: apt-get install chromium chromium-driver); ${why}`;
  return { outcome: 'rejected', reason: 'javascript_required', message };
}
