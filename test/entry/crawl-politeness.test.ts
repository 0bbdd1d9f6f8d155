import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { HostPoliteness } from '../../runtime/adapters/http/host-politeness.ts';
import { HostTurns } from '../../runtime/adapters/http/host-turns.ts';
import { HttpFetcher } from '../../runtime/adapters/http/http-fetcher.ts';
import { Database } from '../../runtime/adapters/sqlite/database.ts';
import { rawStoreFormat } from '../../runtime/adapters/sqlite/raw-store-format.ts';
import { SqliteDocumentStore } from '../../runtime/adapters/sqlite/sqlite-document-store.ts';
import { connectQueues } from '../../runtime/adapters/sqs/embedded-queues.ts';
import { type CrawlJob, deduplicationIdOf, groupOf } from '../../runtime/domain/crawl-job.ts';
import { authorId } from '../../runtime/domain/identity.ts';
import { collections } from '../../runtime/odm/collections.ts';
import { CrawlStates } from '../../runtime/odm/crawl-states.ts';
import { Hosts } from '../../runtime/odm/hosts.ts';
import { RawDocuments } from '../../runtime/odm/raw-documents.ts';
import { Repositories } from '../../runtime/odm/repositories.ts';
import { readPage } from '../../runtime/sources/article/extract.ts';
import { ArticleSource } from '../../runtime/sources/article/source.ts';
import { CrawlStage } from '../../runtime/stages/crawl-stage.ts';
import { redirect } from '../replica/site.ts';
import { type RecordedVisit, ReplicaWeb } from '../replica/web.ts';
import { silent } from '../stages/queues.ts';
import { crawlQueueOf, TestWorkspace, until } from '../stages/workspace.ts';

const intervalMs = 150;
const crawlers = 4;
const pagesEach = 6;
const userAgent = 'Twinstream/0.1';

suite('four crawlers together ask a host no faster than one may', { concurrency: 1 }, () => {
  test('by our interval, by its robots.txt where that asks for more, and where redirects lead', async () => {
    await using web = await ReplicaWeb.start();
    await using fleet = await Fleet.start(web);
    const links = ['quick.example', 'slow.example'].flatMap((host) => {
      const blog = web.blogs.blog(host, { name: host, author: 'Ada', posts: pagesEach });
      return blog.catalogue.posts.map((post) => blog.linkOf(post));
    });
    web.robots('slow.example', 'User-agent: *\nCrawl-delay: 0.5\n');
    // Each of these hosts has a queue group of its own, and all of them lead to the same one.
    const target = web.blogs.blog('target.example', { name: 'Target', author: 'Ada', posts: pagesEach });
    for (const post of target.catalogue.posts) {
      const from = web.blogs.blog(`from-${post.number}.example`, { name: 'From', author: 'Ada', posts: 0 });
      from.pages.set('/moved', redirect(target.linkOf(post)));
      links.push(`${from.origin}/moved`);
    }

    await fleet.crawl(links);

    for (const [host, leastMs] of [
      ['quick.example', intervalMs],
      ['target.example', intervalMs],
      ['slow.example', 500],
    ] as const) {
      const visits = web.visitsTo(host);
      const pages = visits.filter(({ path }) => path !== '/robots.txt');
      assert.equal(pages.length, pagesEach);
      const closest = smallestGap(visits);
      assert.ok(closest >= intervalMs, `${host} was asked again after ${Math.round(closest)} ms`);
      const closestPages = smallestGap(pages);
      assert.ok(closestPages >= leastMs, `${host} was asked for a page again after ${Math.round(closestPages)} ms`);
    }
  });

  test('and leave a host alone for as long as it told one of them to', async () => {
    await using web = await ReplicaWeb.start();
    await using fleet = await Fleet.start(web);
    const target = web.blogs.blog('target.example', { name: 'Target', author: 'Ada', posts: crawlers });
    const links = target.catalogue.posts.map((post) => {
      const from = web.blogs.blog(`from-${post.number}.example`, { name: 'From', author: 'Ada', posts: 0 });
      from.pages.set('/moved', redirect(target.linkOf(post)));
      return `${from.origin}/moved`;
    });
    web.rateLimit('target.example', 1, 2);

    await fleet.crawl(links);

    const visits = web.visitsTo('target.example');
    const refused = visits.findIndex(({ status }) => status === 429);
    const pause = smallestGap(visits.slice(refused, refused + 2));
    assert.ok(refused >= 0 && pause >= 1_990, `the host was asked again after ${Math.round(pause)} ms`);
  });
});

function smallestGap(visits: readonly RecordedVisit[]): number {
  return Math.min(...visits.slice(1).map(({ at }, index) => at - (visits[index]?.at ?? 0)));
}

/** As many crawl stages as there would be machines: they share queues and a store, and nothing else. */
class Fleet implements AsyncDisposable {
  readonly #stack = new AsyncDisposableStack();
  readonly #workspace: TestWorkspace;
  readonly #queue: ReturnType<typeof crawlQueueOf>;
  readonly #stages: readonly CrawlStage[];

  private constructor(workspace: TestWorkspace, queue: ReturnType<typeof crawlQueueOf>, stages: readonly CrawlStage[]) {
    this.#workspace = workspace;
    this.#queue = queue;
    this.#stages = stages;
  }

  static async start(web: ReplicaWeb): Promise<Fleet> {
    const stack = new AsyncDisposableStack();
    const workspace = stack.use(await TestWorkspace.open());
    const served = stack.use(await workspace.serveQueues());
    const queue = stack.use(crawlQueueOf(served));
    const authority = await readFile(web.authorityFile, 'utf8');
    const stages: CrawlStage[] = [];
    for (let index = 0; index < crawlers; index += 1) {
      stages.push(await crawlStage(web.proxy, authority, workspace.folder.path, served.endpoint, stack));
    }
    const fleet = new Fleet(workspace, queue, stages);
    fleet.#stack.use(stack);
    return fleet;
  }

  /** Until all of it is stored. */
  async crawl(links: readonly string[]): Promise<void> {
    const runId = randomUUID();
    const jobs = links.map(
      (url): CrawlJob => ({ version: 1, task: 'fetch', url, platform: 'web', authorId: authorId('Ada'), runId }),
    );
    await this.#queue.send(
      jobs.map((job) => ({ body: job, group: groupOf(job), deduplicationId: deduplicationIdOf(job) })),
    );
    const stopping = new AbortController();
    const running = this.#stages.map((stage) => stage.run(stopping.signal));
    try {
      await until('everything is stored', async () => {
        const stored = await this.#workspace.documents.idsUnder('web', 'https://');
        return stored.size === links.length;
      });
    } finally {
      stopping.abort();
      await Promise.all(running);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

async function crawlStage(
  proxy: string,
  authority: string,
  folder: string,
  queues: string,
  stack: AsyncDisposableStack,
): Promise<CrawlStage> {
  const store = stack.use(new SqliteDocumentStore(new Database(join(folder, 'raw.sqlite'), rawStoreFormat)));
  await store.prepare(collections);
  const registry = new Hosts(store);
  const turns = new HostTurns({ registry, intervalMs, concurrency: 1 });
  const common = { allowPrivate: false, proxy: { url: proxy, authority }, userAgent };
  const robotsFetcher = stack.use(new HttpFetcher({ ...common, politeness: turns }));
  const politeness = new HostPoliteness({ turns, registry, fetcher: robotsFetcher, userAgent, exempt: [] });
  const fetcher = stack.use(new HttpFetcher({ ...common, politeness }));
  return new CrawlStage({
    queue: stack.use(crawlQueueOf(stack.use(connectQueues(queues)))),
    sources: [new ArticleSource({ fetcher, read: readPage })],
    documents: new RawDocuments(store),
    states: new CrawlStates(store),
    repositories: new Repositories(store),
    logger: silent,
    concurrency: 4,
    maxAttempts: 3,
    allowLocal: false,
  });
}
