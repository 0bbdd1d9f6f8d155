import { BrowserCrawler, type BrowserCrawlerOptions } from '../../crawling/browser-crawler.ts';
import type { Retrieved } from '../../crawling/http-crawler.ts';
import { type CrawlJob, type CrawlTask, rootOf } from '../../domain/crawl-job.ts';
import { RejectedInput } from '../../domain/errors.ts';
import type { FetchRequest } from '../../ports/fetcher.ts';
import type { CrawlContext, Crawled } from '../../ports/source.ts';
import { crawlExport, isMediumExport } from './archive.ts';
import { discoverStories } from './discover.ts';
import { RecentFeeds, storyInFeed } from './feed-story.ts';
import { customDomainLink, feedsFor, type MediumLink, mediumLink } from './link.ts';
import { mayName } from './story.ts';

/** The browser serves profiles, too, that can be listed in no other way. */
interface MediumSourceOptions extends BrowserCrawlerOptions {
  /** Default: medium.com. */
  readonly host?: string | undefined;
}

/** People, publications and domains on Medium, single stories, and the archives that Medium exports. */
export class MediumSource extends BrowserCrawler {
  readonly platform = 'medium';
  readonly #host: string;
  readonly #feeds: RecentFeeds;

  constructor(options: MediumSourceOptions) {
    super(options);
    this.#host = options.host ?? 'medium.com';
    this.#feeds = new RecentFeeds(options.fetcher);
  }

  protected override get ownHosts(): readonly string[] {
    return [this.#host];
  }

  /** Links that are Medium's but name no writing are taken, too, to be refused with a word about what is accepted. */
  async taskFor(link: URL): Promise<CrawlTask | undefined> {
    if (link.protocol === 'file:') return (await isMediumExport(link)) ? 'fetch' : undefined;
    const named = mediumLink(link, { host: this.#host });
    if (named === undefined) return undefined;
    return named.kind === 'catalogue' ? 'discover' : 'fetch';
  }

  /** What a job that a person asked for is to do is seen from its link: pages of custom domains come as they were found. */
  override async *crawl(job: CrawlJob, context: CrawlContext): AsyncGenerator<Crawled> {
    const url = new URL(job.url);
    if (url.protocol === 'file:') {
      yield* crawlExport(job, context);
      return;
    }
    const link = this.#linkOf(url);
    if (link.kind === 'other') {
      throw new RejectedInput(
        'unsupported_link',
        `${job.url} names no writing; accepted are people (medium.com/@name, name.medium.com), publications (medium.com/name), domains of Medium's, single stories, and the zip file or folder of an official export`,
      );
    }
    if (link.kind === 'catalogue' && (job.task === 'discover' || rootOf(job) === job.url)) {
      yield* this.discover(job, context);
    } else {
      yield* this.fetchDocument(job, context);
    }
  }

  protected async *discover(job: CrawlJob, context: CrawlContext): AsyncGenerator<Crawled> {
    const catalogue = this.#linkOf(new URL(job.url));
    if (catalogue.kind !== 'catalogue') return;
    const { signal } = context;
    yield* discoverStories(job, context, { catalogue, fetcher: this.fetcher, browser: this.browser, signal });
  }

  /** A story behind a check for robots is taken from its feed, as long as the feed has it. */
  protected override async retrieve(
    job: CrawlJob,
    conditions: Pick<FetchRequest, 'etag' | 'lastModified'>,
    context: CrawlContext,
  ): Promise<Retrieved> {
    try {
      const retrieved = await super.retrieve(job, conditions, context);
      const isChallenge =
        retrieved.status === 'ok' &&
        retrieved.reading.outcome === 'rejected' &&
        retrieved.reading.reason === 'challenge_page';
      return isChallenge ? ((await this.#fromFeed(job, context)) ?? retrieved) : retrieved;
    } catch (error) {
      if (!(error instanceof RejectedInput) || error.reason !== 'challenge_page') throw error;
      const found = await this.#fromFeed(job, context);
      if (found === undefined) throw error;
      return found;
    }
  }

  async #fromFeed(job: CrawlJob, { signal }: CrawlContext): Promise<Retrieved | undefined> {
    const link = this.#linkOf(new URL(job.url));
    if (link.kind !== 'article') return undefined;
    for (const feed of feedsFor(new URL(job.url), new URL(rootOf(job)), { host: this.#host })) {
      const item = await this.#feeds.find(feed, link.id, signal);
      const document = item && storyInFeed(item);
      if (document?.payload === undefined || !mayName(document.link, feed)) continue;
      return { status: 'ok', reading: { outcome: 'document', document }, payload: document.payload };
    }
    return undefined;
  }

  #linkOf(url: URL): MediumLink {
    return mediumLink(url, { host: this.#host }) ?? customDomainLink(url);
  }
}
