import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { HttpFetcher } from '../../../runtime/adapters/http/http-fetcher.ts';
import { sha256 } from '../../../runtime/domain/identity.ts';
import type { Browser } from '../../../runtime/ports/browser.ts';
import type { Crawled, ListedLink, Source } from '../../../runtime/ports/source.ts';
import { readPage } from '../../../runtime/sources/medium/extract.ts';
import { MediumSource } from '../../../runtime/sources/medium/source.ts';
import { ReplicaServer, type Reply, type Route } from '../../replica/server.ts';
import { type CrawlReport, MemoryCrawl } from '../crawl-context.ts';
import { apolloPage, feedOf, pathOf } from './story-forms.ts';

/** How many stories Medium's feeds and answers have at a time. */
const atATime = 10;

/** A medium.com on the loopback, on which @ada has written. */
export class MediumSite implements AsyncDisposable {
  readonly server: ReplicaServer;
  readonly source: MediumSource;
  readonly crawl = new MemoryCrawl();
  /** Id → how often it was edited, the newest story last. */
  readonly stories = new Map<string, number>();
  readonly #fetcher: HttpFetcher;

  private constructor(server: ReplicaServer, browser: Pick<Browser, 'visit'> | undefined) {
    this.server = server;
    this.#fetcher = new HttpFetcher({ allowPrivate: true, userAgent: 'test' });
    this.source = new MediumSource({
      fetcher: this.#fetcher,
      read: readPage,
      browser,
      host: new URL(server.origin).host,
    });
    server.routes.set('/feed/@ada', (request) => tagged(request, 'application/rss+xml', this.#feed()));
    server.routes.set('/_/graphql', async (request) => this.#answer(await text(request)));
  }

  static async start(stories: number, browser?: Pick<Browser, 'visit'>): Promise<MediumSite> {
    const site = new MediumSite(await ReplicaServer.start(), browser);
    for (let index = 0; index < stories; index += 1) site.publish(index);
    return site;
  }

  get profile(): string {
    return this.server.url('/@ada');
  }

  linkOf(index: number): string {
    return this.server.url(pathOf({ id: idOf(index) }));
  }

  publish(index: number): void {
    const id = idOf(index);
    this.stories.set(id, 0);
    this.server.routes.set(pathOf({ id }), (request) => tagged(request, 'text/html', this.#page(id)));
  }

  edit(index: number): void {
    this.stories.set(idOf(index), (this.stories.get(idOf(index)) ?? 0) + 1);
  }

  remove(index: number): void {
    this.stories.delete(idOf(index));
    this.server.routes.delete(pathOf({ id: idOf(index) }));
  }

  route(path: string, route: Route): void {
    this.server.routes.set(path, route);
  }

  /** Crawls the profile and all that its listing sends after, as the crawl stage would. @returns what came of the listing and of the rest */
  async crawlAll(): Promise<{ listing: CrawlReport; fetched: Crawled[] }> {
    const requestedAt = new Date().toISOString();
    const listing = await this.crawl.crawl(this.source, this.profile);
    const fetched: Crawled[] = [];
    for (const found of listing.of('job')) {
      const report = await this.crawl.crawl(expanded(this.source, this.profile, requestedAt, found), found.url);
      fetched.push(...report.outcomes);
    }
    return { listing, fetched };
  }

  /** Method and path of what was asked since the last time, with whether it was asked conditionally. */
  requests(): string[] {
    const all = this.server.requests.map(
      ({ method, path, headers }) => `${headers['if-none-match'] === undefined ? '' : 'if changed: '}${method} ${path}`,
    );
    const recent = all.slice(this.#asked);
    this.#asked = all.length;
    return recent;
  }
  #asked = 0;

  #page(id: string): string {
    const edits = this.stories.get(id) ?? 0;
    const words = 'It rains into every boat, and somebody has to get up at night and pump. '.repeat(5);
    return apolloPage({
      origin: this.server.origin,
      id,
      title: `Story ${id}`,
      paragraphs: [{ type: 'P', text: `Version ${edits} of ${id}. ${words}` }],
    });
  }

  #feed(): string {
    const newest = [...this.stories].reverse().slice(0, atATime);
    return feedOf(
      newest.map(([id, edits]) => ({
        link: this.server.url(pathOf({ id })),
        title: `Story ${id}`,
        updated: new Date(changedAt(edits)).toISOString(),
        html: `<p>Version ${edits} of ${id}, as the feed has it. ${'It rains into every boat. '.repeat(9)}</p>`,
      })),
    );
  }

  #answer(body: string): Reply {
    const [{ variables }] = JSON.parse(body);
    const all = [...this.stories].reverse();
    const from = Number(variables.homepagePostsFrom ?? 0);
    const next = from + atATime < all.length ? { from: `${from + atATime}`, limit: atATime } : null;
    const posts = all.slice(from, from + atATime).map(([id, edits]) => ({
      id,
      mediumUrl: this.server.url(pathOf({ id })),
      latestPublishedAt: changedAt(edits),
    }));
    const homepagePostsConnection = { posts, pagingInfo: { next } };
    const answer = [{ data: { userResult: { __typename: 'User', homepagePostsConnection } } }];
    return { headers: { 'content-type': 'application/json' }, body: JSON.stringify(answer) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#fetcher[Symbol.asyncDispose]();
    await this.server[Symbol.asyncDispose]();
  }
}

function idOf(index: number): string {
  return (0xa00000000000 + index).toString(16);
}

function changedAt(edits: number): number {
  return Date.UTC(2022, 0, 1 + edits, 3, 4, 5, 678);
}

function tagged({ headers }: IncomingMessage, type: string, body: string): Reply {
  const etag = `"${sha256(body)}"`;
  if (headers['if-none-match'] === etag) return { status: 304, headers: { etag } };
  return { headers: { etag, 'content-type': type }, body };
}

/** The source, given jobs as the crawl stage makes them of what a listing found. */
function expanded(source: Source, root: string, requestedAt: string, { lastmod, unlisted }: ListedLink): Source {
  return {
    platform: source.platform,
    taskFor: (link) => source.taskFor(link),
    crawl: (job, context) =>
      source.crawl(
        {
          ...job,
          task: 'fetch',
          discovery: {
            root,
            requestedAt,
            ...(lastmod !== undefined && { lastmod }),
            ...(unlisted !== undefined && { unlisted }),
          },
        },
        context,
      ),
  };
}
