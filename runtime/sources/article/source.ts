import { HttpCrawler } from '../../crawling/http-crawler.ts';
import type { CrawlJob, CrawlTask } from '../../domain/crawl-job.ts';
import type { CrawlContext, Crawled } from '../../ports/source.ts';

/** Any page of the web, one document a link. The last source to be asked, as it takes whatever a browser could open. */
export class ArticleSource extends HttpCrawler {
  readonly platform = 'web';

  async taskFor(link: URL): Promise<CrawlTask | undefined> {
    return link.protocol === 'https:' || link.protocol === 'http:' ? 'fetch' : undefined;
  }

  protected async *discover(job: CrawlJob, context: CrawlContext): AsyncGenerator<Crawled> {
    yield* this.fetchDocument(job, context);
  }
}
