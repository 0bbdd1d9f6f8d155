import { rmSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { after } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { HttpFetcher } from '../../../runtime/adapters/http/http-fetcher.ts';
import type { CrawlJob, Discovery } from '../../../runtime/domain/crawl-job.ts';
import { RejectedInput } from '../../../runtime/domain/errors.ts';
import { crawlStateId, sha256 } from '../../../runtime/domain/identity.ts';
import type { HostResolver } from '../../../runtime/ports/host-resolver.ts';
import type { Source } from '../../../runtime/ports/source.ts';
import { GithubSource, type GithubSourceOptions } from '../../../runtime/sources/github/source.ts';
import { ReplicaServer } from '../../replica/server.ts';
import { CrawlReport, jobFor, type MemoryCrawl } from '../crawl-context.ts';
import { GitRepository, temporaryFolder } from './git-repository.ts';
import { type GitServer, serveRepositories } from './git-server.ts';

/** Every name leads to this machine. */
export const loopback: HostResolver = { resolve: async () => ['127.0.0.1'] };

/** What the API says of a repository, as far as anyone reads it. */
export interface ApiRepository {
  readonly full_name: string;
  readonly pushed_at?: string;
  readonly description?: string | null;
  readonly homepage?: string | null;
  readonly topics?: readonly string[];
  readonly created_at?: string;
  readonly fork?: boolean;
  readonly archived?: boolean;
  readonly disabled?: boolean;
  readonly private?: boolean;
}

/** GitHub on loopback: git's own server, and an API that is as its routes say. */
export class Site implements AsyncDisposable {
  readonly git: GitServer;
  readonly api: ReplicaServer;
  readonly source: GithubSource;
  readonly scratch: string;
  readonly served: string;
  readonly fetcher: HttpFetcher;
  readonly origin: string;

  static async open(options: Partial<GithubSourceOptions> = {}): Promise<Site> {
    const parent = temporaryFolder();
    after(() => rmSync(parent, { recursive: true, force: true }));
    const served = join(parent, 'served');
    return new Site(served, await serveRepositories(served), await ReplicaServer.start(), options);
  }

  private constructor(served: string, git: GitServer, api: ReplicaServer, options: Partial<GithubSourceOptions>) {
    this.served = served;
    this.scratch = temporaryFolder();
    after(() => rmSync(this.scratch, { recursive: true, force: true }));
    this.git = git;
    this.api = api;
    this.origin = `http://127.0.0.1:${git.port}`;
    this.fetcher = new HttpFetcher({ allowPrivate: true, userAgent: 'test' });
    this.source = new GithubSource({
      resolver: loopback,
      fetcher: this.fetcher,
      temporaryFolder: this.scratch,
      origin: this.origin,
      gistOrigin: `http://localhost:${git.port}`,
      apiOrigin: api.origin,
      ...options,
    });
  }

  /** @param name `owner/name` */
  repository(name: string): GitRepository {
    return GitRepository.create(this.served, name);
  }

  /** The API describes these, and lists them as all that the account has. */
  describe(
    account: string,
    repositories: readonly ApiRepository[],
    { type = 'User', tagged = false }: { readonly type?: 'User' | 'Organization'; readonly tagged?: boolean } = {},
  ): void {
    const answer = tagged ? taggedJson : (value: unknown) => json(value);
    const user = { type, public_repos: repositories.length, public_gists: 0 };
    this.api.routes.set(`/users/${account}`, (request) => answer(user, request));
    const list = type === 'User' ? `/users/${account}/repos` : `/orgs/${account}/repos`;
    this.api.routes.set(list, (request) => {
      const { searchParams } = new URL(request.url ?? '', this.origin);
      const size = Number(searchParams.get('per_page'));
      const start = (Number(searchParams.get('page')) - 1) * size;
      return answer(repositories.slice(start, start + size), request);
    });
    for (const repository of repositories) this.api.routes.set(`/repos/${repository.full_name}`, json(repository));
  }

  /** How often git and the API were asked. */
  get asked(): { readonly git: number; readonly api: readonly string[] } {
    return { git: this.git.requests.length, api: this.api.requests.map(({ path }) => path) };
  }

  forget(): void {
    this.git.requests.length = 0;
    (this.api.requests as unknown[]).length = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.git[Symbol.asyncDispose]();
    await this.api[Symbol.asyncDispose]();
    await this.fetcher[Symbol.asyncDispose]();
  }
}

export function json(value: unknown, headers: Readonly<Record<string, string>> = {}) {
  return { body: JSON.stringify(value), headers: { 'content-type': 'application/json', ...headers } };
}

/** With an entity tag, and 304 to whoever has it. */
function taggedJson(value: unknown, { headers }: { readonly headers: IncomingHttpHeaders }) {
  const etag = `"${sha256(JSON.stringify(value))}"`;
  return headers['if-none-match'] === etag ? { status: 304, headers: { etag } } : json(value, { etag });
}

/** A job of the same link with other particulars. */
export function crawlAs(
  crawl: MemoryCrawl,
  source: Source,
  url: string,
  particulars: Partial<Pick<CrawlJob, 'task' | 'discovery'>>,
): Promise<CrawlReport> {
  const { platform, taskFor } = source;
  const changed: Source = {
    platform,
    taskFor,
    crawl: (job, context) => source.crawl({ ...job, ...particulars }, context),
  };
  return crawl.crawl(changed, url);
}

/** A `discover` job and all the jobs it makes, as the crawl stage runs them: failures are remembered. */
export async function crawlAccount(crawl: MemoryCrawl, source: Source, root: string): Promise<CrawlReport> {
  // Later than whatever was stored before, by the clock that both are told by.
  await setTimeout(2);
  const requestedAt = new Date().toISOString();
  const listing = await crawlAs(crawl, source, root, { task: 'discover' });
  const outcomes = [...listing.outcomes];
  for (const { url, lastmod, unlisted } of listing.of('job')) {
    const discovery: Discovery = {
      root,
      requestedAt,
      ...(lastmod !== undefined && { lastmod }),
      ...(unlisted !== undefined && { unlisted }),
    };
    outcomes.push(...(await crawlAs(crawl, source, url, { discovery })).outcomes);
  }
  return new CrawlReport(outcomes);
}

/** What the crawl stage remembers of a job that failed. */
export async function failing(crawl: MemoryCrawl, source: Source, url: string): Promise<RejectedInput> {
  try {
    await crawl.crawl(source, url);
  } catch (error) {
    if (!(error instanceof RejectedInput)) throw error;
    const { authorId } = jobFor(source.platform, url);
    const before = crawl.states.get(url);
    crawl.states.set(url, {
      _id: crawlStateId(url),
      key: url,
      scope: url,
      authorId,
      validators: before?.validators ?? {},
      lastResult: error.reason,
      failures: 1,
      crawledAt: new Date().toISOString(),
    });
    return error;
  }
  throw new Error(`${url} was crawled`);
}
