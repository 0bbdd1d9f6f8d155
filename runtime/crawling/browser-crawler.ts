import type { CrawlJob } from '../domain/crawl-job.ts';
import { RejectedInput } from '../domain/errors.ts';
import type { Browser } from '../ports/browser.ts';
import type { FetchRequest } from '../ports/fetcher.ts';
import type { CrawlContext } from '../ports/source.ts';
import { HttpCrawler, type HttpCrawlerOptions, type Retrieved } from './http-crawler.ts';
import type { PageReading, PageToRead } from './page-reader.ts';

export interface BrowserCrawlerOptions extends HttpCrawlerOptions {
  /** For pages that show nothing without scripts. Without one they are refused. */
  readonly browser?: Pick<Browser, 'visit'> | undefined;
}

type Answer = Extract<Retrieved, { readonly status: 'ok' }>;

/** How long scripts may take to bring a text. */
const renderingMs = 5_000;
const textual = 'article, main, p';

/**
 * Crawls as an HttpCrawler does, and shows a page to a browser only where its HTML has no content without scripts. What a
 * browser costs is paid for no other page.
 */
export abstract class BrowserCrawler extends HttpCrawler {
  protected readonly browser: Pick<Browser, 'visit'> | undefined;

  constructor(options: BrowserCrawlerOptions) {
    super(options);
    this.browser = options.browser;
  }

  protected override async retrieve(
    job: CrawlJob,
    conditions: Pick<FetchRequest, 'etag' | 'lastModified'>,
    context: CrawlContext,
  ): Promise<Retrieved> {
    const retrieved = await super.retrieve(job, conditions, context);
    return retrieved.status === 'ok' && needsBrowser(retrieved)
      ? await this.#render(job, retrieved, context)
      : retrieved;
  }

  /** What the server says of the page says nothing of what its scripts show: it is rendered anew each time. */
  async #render({ url }: CrawlJob, plain: Answer, { signal }: CrawlContext): Promise<Retrieved> {
    if (this.browser === undefined) return withoutBrowser(plain, 'none is set up here');
    try {
      const page = await renderedPage(this.browser, url, signal);
      const payload = { mediaType: page.mediaType, bytes: Buffer.from(page.text) };
      return { status: 'ok', reading: refusedThoughRendered(await this.read(page, signal), page.url), payload };
    } catch (error) {
      if (!(error instanceof RejectedInput) || error.reason !== 'browser_missing') throw error;
      return withoutBrowser(plain, error.message);
    }
  }
}

/**
 * A page as its scripts have built it.
 * @param options `scroll`: to the end, for pages that grow as one goes down
 * @throws RejectedInput, TransientError as Browser.visit
 */
export async function renderedPage(
  browser: Pick<Browser, 'visit'>,
  url: string,
  signal: AbortSignal,
  options: { readonly scroll?: boolean } = {},
): Promise<PageToRead> {
  return await browser.visit(url, { signal }, async (page) => {
    await page.waitFor(textual, renderingMs);
    if (options.scroll === true) await page.scrollToEnd();
    return { url: await page.url(), mediaType: 'text/html', text: await page.html() };
  });
}

function needsBrowser({ reading, payload }: Answer): boolean {
  if (reading.outcome !== 'rejected') return false;
  if (reading.reason === 'javascript_required') return true;
  return reading.reason === 'empty_page' && Buffer.from(payload.bytes).includes('<script');
}

function withoutBrowser({ reading, payload }: Answer, why: string): Answer {
  return { status: 'ok', reading: refusedFor(reading, why), payload };
}

/** To say that it needs a browser would be untrue of a page that one has shown. */
function refusedThoughRendered(reading: PageReading, url: string): PageReading {
  if (reading.outcome !== 'rejected') return reading;
  if (reading.reason === 'javascript_required') {
    return { ...reading, message: `${url} says that it needs scripts even in a browser that has run them` };
  }
  return reading.reason === 'empty_page'
    ? { ...reading, message: `${reading.message}, even in a browser that has run its scripts` }
    : reading;
}

function refusedFor(reading: PageReading, why: string): PageReading {
  if (reading.outcome !== 'rejected') return reading;
  const message = `${reading.message}: it needs Chrome or Chromium (Debian: apt-get install chromium chromium-driver); ${why}`;
  return { outcome: 'rejected', reason: 'javascript_required', message };
}
