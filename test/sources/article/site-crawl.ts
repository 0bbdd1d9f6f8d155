import { setTimeout as delay } from 'node:timers/promises';
import { HttpFetcher } from '../../../runtime/adapters/http/http-fetcher.ts';
import { type CrawlJob, deduplicationIdOf, rootOf } from '../../../runtime/domain/crawl-job.ts';
import { crawlStateId } from '../../../runtime/domain/identity.ts';
import type { Browser } from '../../../runtime/ports/browser.ts';
import type { Crawled } from '../../../runtime/ports/source.ts';
import { readPage } from '../../../runtime/sources/article/extract.ts';
import { ArticleSource } from '../../../runtime/sources/article/source.ts';
import { ReplicaServer, type Route } from '../../replica/server.ts';
import { CrawlReport, jobFor, MemoryCrawl } from '../crawl-context.ts';

/** Answers 304 to whoever has the tag. */
export const tagged =
  (tag: string, body: string, mediaType = 'text/html; charset=utf-8'): Route =>
  (request) =>
    request.headers['if-none-match'] === tag
      ? { status: 304, headers: { etag: tag } }
      : { body, headers: { etag: tag, 'content-type': mediaType } };

/** Crawls a site on the loopback, with the jobs that jobs make. */
export class SiteCrawl implements AsyncDisposable {
  readonly server: ReplicaServer;
  readonly memory = new MemoryCrawl();
  readonly source: ArticleSource;
  readonly #fetcher = new HttpFetcher({ allowPrivate: true, userAgent: 'test' });

  private constructor(server: ReplicaServer, browser: Pick<Browser, 'visit'> | undefined) {
    this.server = server;
    this.source = new ArticleSource({ fetcher: this.#fetcher, read: readPage, browser });
  }

  static async start(
    routes: Readonly<Record<string, Route>> = {},
    browser?: Pick<Browser, 'visit'>,
  ): Promise<SiteCrawl> {
    return new SiteCrawl(await ReplicaServer.start({ routes }), browser);
  }

  /** One run. @param stop ends it before a job, as a killed process would */
  async crawl(
    path: string,
    { author = 'Ada', stop = () => false }: { author?: string; stop?: (job: CrawlJob) => boolean } = {},
  ) {
    const url = this.server.url(path);
    const task = (await this.source.taskFor(new URL(url))) ?? 'fetch';
    // What an earlier run stored in this very millisecond would count as stored by this one.
    await delay(2);
    const requestedAt = new Date().toISOString();
    const outcomes: Crawled[] = [];
    const seen = new Set<string>();
    const jobs: CrawlJob[] = [{ ...jobFor('web', url, author), task }];
    for (let job = jobs.shift(); job !== undefined && !stop(job); job = jobs.shift()) {
      if (seen.has(deduplicationIdOf(job)) || job.platform !== 'web') continue;
      seen.add(deduplicationIdOf(job));
      outcomes.push(...(await this.work(job, jobs, requestedAt)));
    }
    return new CrawlReport(outcomes);
  }

  /** One job. @param made gets the jobs that it makes */
  async work(
    job: CrawlJob,
    made: CrawlJob[] = [],
    requestedAt = new Date().toISOString(),
  ): Promise<readonly Crawled[]> {
    const outcomes: Crawled[] = [];
    const context = this.memory.context(job.authorId, new AbortController().signal);
    for await (const crawled of this.source.crawl(job, context)) {
      outcomes.push(crawled);
      this.#apply(crawled, job);
      if (crawled.outcome !== 'job') continue;
      const { url, task, platform = 'web', lastmod, unlisted } = crawled;
      const told = { ...(lastmod !== undefined && { lastmod }), ...(unlisted !== undefined && { unlisted }) };
      made.push({ ...job, url, task, platform, discovery: { root: rootOf(job), requestedAt, ...told } });
    }
    return outcomes;
  }

  /** Paths that were asked for since the last time, and whether conditionally. */
  asked(): string[] {
    const asked = this.server.requests.slice(this.#told).map(({ path, headers }) => {
      const isConditional = headers['if-none-match'] !== undefined || headers['if-modified-since'] !== undefined;
      return `${path}${isConditional ? ' if changed' : ''}`;
    });
    this.#told = this.server.requests.length;
    return asked;
  }

  #told = 0;

  #apply(crawled: Crawled, job: CrawlJob): void {
    const { documents, states } = this.memory;
    if (crawled.outcome === 'document') documents.set(`web ${crawled.draft.naturalKey}`, crawled.draft);
    if (crawled.outcome === 'deleted') {
      documents.delete(`web ${crawled.naturalKey}`);
      states.delete(crawled.stateKey ?? crawled.naturalKey);
    }
    if (!('state' in crawled) || crawled.state === undefined) return;
    const { authorId } = job;
    const crawledAt = new Date().toISOString();
    states.set(crawled.state.key, {
      ...crawled.state,
      _id: crawlStateId(crawled.state.key),
      authorId,
      failures: 0,
      crawledAt,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#fetcher[Symbol.asyncDispose]();
    await this.server[Symbol.asyncDispose]();
  }
}
