import { HttpFetcher } from '../../../runtime/adapters/http/http-fetcher.ts';
import { type CrawlJob, deduplicationIdOf, rootOf } from '../../../runtime/domain/crawl-job.ts';
import { RejectedInput } from '../../../runtime/domain/errors.ts';
import { crawlStateId } from '../../../runtime/domain/identity.ts';
import type { Fetcher } from '../../../runtime/ports/fetcher.ts';
import type { Crawled, StateUpdate } from '../../../runtime/ports/source.ts';
import { readPage } from '../../../runtime/sources/substack/extract.ts';
import { SubstackSource } from '../../../runtime/sources/substack/source.ts';
import { ReplicaWeb } from '../../replica/web.ts';
import { CrawlReport, jobFor, MemoryCrawl } from '../crawl-context.ts';

/** Crawls Substack as the replica has it, with the jobs that jobs make. */
export class SubstackCrawl implements AsyncDisposable {
  readonly web: ReplicaWeb;
  readonly source: SubstackSource;
  readonly memory = new MemoryCrawl();
  /** Paths that nobody finds. */
  readonly missing = new Set<string>();
  readonly #fetcher: HttpFetcher;

  private constructor(web: ReplicaWeb) {
    this.web = web;
    this.#fetcher = new HttpFetcher({
      allowPrivate: true,
      userAgent: 'test',
      proxy: { url: web.proxy, authority: web.authority.cert },
    });
    const fetch: Fetcher['fetch'] = async (url, request) => {
      if (this.missing.has(new URL(url).pathname)) throw new RejectedInput('not_found', `${url} is not there`);
      return await this.#fetcher.fetch(url, request);
    };
    this.source = new SubstackSource({ fetcher: { fetch }, read: readPage });
  }

  static async start(): Promise<SubstackCrawl> {
    return new SubstackCrawl(await ReplicaWeb.start());
  }

  /** Everything that a link leads to, as one run finds it. @param root of which the link was found. Default: none */
  async crawl(url: string, root?: string): Promise<CrawlReport> {
    const outcomes: Crawled[] = [];
    const seen = new Set<string>();
    const requestedAt = new Date().toISOString();
    const first = jobFor('substack', url);
    const jobs: CrawlJob[] = [root === undefined ? first : { ...first, discovery: { root, requestedAt } }];
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
      const key = deduplicationIdOf(job);
      if (seen.has(key)) continue;
      seen.add(key);
      const context = this.memory.context(job.authorId, new AbortController().signal);
      for await (const crawled of this.source.crawl(job, context)) {
        outcomes.push(crawled);
        this.#apply(crawled, job);
        if (crawled.outcome === 'job') jobs.push(madeBy(job, crawled, requestedAt));
      }
    }
    return new CrawlReport(outcomes);
  }

  #apply(crawled: Crawled, job: CrawlJob): void {
    const { documents, states } = this.memory;
    if (crawled.outcome === 'document') documents.set(`substack ${crawled.draft.naturalKey}`, crawled.draft);
    if (crawled.outcome === 'deleted') {
      documents.delete(`substack ${crawled.naturalKey}`);
      states.delete(crawled.stateKey ?? crawled.naturalKey);
    }
    if ('state' in crawled && crawled.state !== undefined) this.#remember(crawled.state, job);
  }

  #remember(state: StateUpdate, { authorId }: CrawlJob): void {
    const crawledAt = new Date().toISOString();
    this.memory.states.set(state.key, { ...state, _id: crawlStateId(state.key), authorId, failures: 0, crawledAt });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#fetcher[Symbol.asyncDispose]();
    await this.web[Symbol.asyncDispose]();
  }
}

function madeBy(
  job: CrawlJob,
  { task, url, lastmod, unlisted }: Extract<Crawled, { readonly outcome: 'job' }>,
  requestedAt: string,
): CrawlJob {
  const discovery = {
    root: rootOf(job),
    requestedAt,
    ...(lastmod !== undefined && { lastmod }),
    ...(unlisted !== undefined && { unlisted }),
  };
  return { ...job, task, url, discovery };
}
