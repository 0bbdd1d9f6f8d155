import { BrowserCrawler } from '../../crawling/browser-crawler.ts';
import type { CrawlJob, CrawlTask } from '../../domain/crawl-job.ts';
import { RejectedInput } from '../../domain/errors.ts';
import type { CrawlContext, Crawled } from '../../ports/source.ts';
import { discoverSite, standsForMany } from './discover.ts';

/** Any page of the web, one document a link. The last source to be asked, as it takes whatever a browser could open. */
export class ArticleSource extends BrowserCrawler {
  readonly platform = 'web';

  async taskFor(link: URL): Promise<CrawlTask | undefined> {
    if (link.protocol !== 'https:' && link.protocol !== 'http:') return undefined;
    return standsForMany(link) ? 'discover' : 'fetch';
  }

  protected async *discover(job: CrawlJob, context: CrawlContext): AsyncGenerator<Crawled> {
    const { found, refusal } = yield* discoverSite({ job, context, fetcher: this.fetcher, read: this.read });
    if (found) return;
    // A page that leads nowhere is one to be read, or refused with the reason why it leads nowhere.
    try {
      yield* this.fetchDocument(job, context);
    } catch (error) {
      if (refusal === undefined || !(error instanceof RejectedInput)) throw error;
      const message = `${refusal.message}; and the page itself is none to be read: ${error.message}`;
      throw new RejectedInput(refusal.reason, message, { cause: refusal });
    }
  }
}
