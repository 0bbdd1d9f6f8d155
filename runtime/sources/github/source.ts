import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CrawlJob, CrawlTask } from '../../domain/crawl-job.ts';
import { RejectedInput } from '../../domain/errors.ts';
import type { Fetcher } from '../../ports/fetcher.ts';
import type { CrawlContext, Crawled, Source } from '../../ports/source.ts';
import { discoverAccount } from './account.ts';
import { fetchChanges } from './changes.ts';
import { type CommitCrawl, crawlCommit } from './commit.ts';
import type { TreeEntry } from './discover.ts';
import { KnownFiles } from './files.ts';
import { type GitOptions, git } from './git.ts';
import { type GithubSite, githubSite, type RepositoryIdentity } from './identity.ts';
import { LanguageTable } from './languages.ts';
import { type GithubTarget, isOnGithub, targetOf } from './links.ts';
import { isGone, isRenamed, ListedRepository } from './listed.ts';
import { isLocalRepository, openLocal } from './local.ts';
import { RepositoryMemory } from './memory.ts';
import { askForMetadata } from './metadata.ts';
import type { RepositoryObjects } from './objects.ts';
import { clone, type Remote, type Route, reach, remoteHead } from './remote.ts';

export interface GithubSourceOptions extends Route {
  /** Asks the API: what there is of an account's, and what a repository is about. */
  readonly fetcher: Pick<Fetcher, 'fetch'>;
  /** Clones lie in here while they are read. */
  readonly temporaryFolder: string;
  /** Where `git` is looked up, as PATH. Default: where systems put it. */
  readonly searchPath?: string | undefined;
  /** Files of one repository that become documents. Default: 50,000. */
  readonly maximumFiles?: number | undefined;
  /** Of what one clone transfers. Default: 4 GiB. */
  readonly maximumBytes?: number | undefined;
  /** Whether an account's forks are its writing, too. Default: no. */
  readonly forks?: boolean | undefined;
  /** Whether an account's archived repositories are taken in. Default: no. */
  readonly archived?: boolean | undefined;
  /** Default: https://github.com. */
  readonly origin?: string | undefined;
  /** Default: https://gist.github.com. */
  readonly gistOrigin?: string | undefined;
  /** Default: https://api.github.com. */
  readonly apiOrigin?: string | undefined;
}

const gibibyte = 1024 ** 3;
const usualSearchPath = '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin';
const accepted =
  'Accepted are https://github.com/ACCOUNT, https://github.com/OWNER/REPOSITORY, https://gist.github.com/OWNER, gists, ' +
  'links that end in .git, and file: links of repositories.';

/** Accounts and repositories on GitHub, repositories behind other http(s) links that end in `.git`, and on this machine. */
export class GithubSource implements Source {
  readonly platform = 'github';
  readonly #options: GithubSourceOptions;
  readonly #site: GithubSite;
  readonly #git: GitOptions;
  readonly #maximumFiles: number;
  readonly #maximumBytes: number;
  #languages: Promise<LanguageTable> | undefined;

  constructor(options: GithubSourceOptions) {
    this.#options = options;
    this.#site = {
      origin: options.origin ?? githubSite.origin,
      gistOrigin: options.gistOrigin ?? githubSite.gistOrigin,
      apiOrigin: options.apiOrigin ?? githubSite.apiOrigin,
    };
    this.#git = { searchPath: options.searchPath ?? usualSearchPath };
    this.#maximumFiles = options.maximumFiles ?? 50_000;
    this.#maximumBytes = options.maximumBytes ?? 4 * gibibyte;
  }

  /** Links of GitHub's that stand for neither are jobs, too: they are refused with what is accepted. */
  async taskFor(link: URL): Promise<CrawlTask | undefined> {
    if (link.protocol === 'file:') return (await isLocalRepository(this.#git, link)) ? 'fetch' : undefined;
    return targetOf(link, this.#site)?.task ?? (isOnGithub(link, this.#site) ? 'fetch' : undefined);
  }

  async *crawl(job: CrawlJob, context: CrawlContext): AsyncGenerator<Crawled> {
    const link = new URL(job.url);
    if (link.protocol === 'file:') {
      yield* this.#crawlLocal(job, context, await openLocal(this.#git, this.#site, link, context.signal));
      return;
    }
    const target = targetOf(link, this.#site);
    if (target?.task !== job.task) {
      const shown = `${link.origin}${link.pathname}`;
      throw new RejectedInput('unsupported_link', `${shown} is no link of a repository or an account. ${accepted}`);
    }
    if (target.task === 'discover') {
      yield* this.#discover(job, context, target);
    } else {
      yield* this.#fetch(job, context, link, target.identity);
    }
  }

  #discover(
    job: CrawlJob,
    context: CrawlContext,
    target: Extract<GithubTarget, { readonly task: 'discover' }>,
  ): AsyncIterable<Crawled> {
    const { fetcher, forks = false, archived = false } = this.#options;
    return discoverAccount({ job, context, fetcher, site: this.#site, target, forks, archived });
  }

  /** What the API said before still holds for a clone of something on GitHub; nobody is asked for what lies here. */
  async *#crawlLocal(job: CrawlJob, context: CrawlContext, objects: RepositoryObjects): AsyncGenerator<Crawled> {
    const memory = await RepositoryMemory.read(objects.identity, context, this.#maximumFiles);
    if (memory.headCommit === objects.headCommit) {
      yield { outcome: 'unchanged', documents: memory.documents };
      return;
    }
    const known = await KnownFiles.read(objects.identity, job, context, memory.sameRules);
    yield* this.#crawlCommit(job, context, { objects, memory, metadata: memory.metadata, known });
  }

  async *#fetch(
    job: CrawlJob,
    context: CrawlContext,
    link: URL,
    identity: RepositoryIdentity,
  ): AsyncGenerator<Crawled> {
    const listed = await ListedRepository.read(job, identity, context);
    if (await listed.isFresh()) {
      yield { outcome: 'unchanged', documents: 1 };
      return;
    }
    let found: Found;
    try {
      found = await this.#find(job, context, link, identity);
    } catch (error) {
      if (!(error instanceof RejectedInput)) throw error;
      if (error.reason === 'empty_repository') yield* listed.empty(error);
      else if (error.reason === renamed || (await isGone(error, identity, this.#options.fetcher, context.signal)))
        yield* listed.gone(error);
      else throw error;
      return;
    }
    yield* this.#crawlRemote(job, context, found, listed.hasChanged);
    yield* listed.stored();
  }

  async #find(job: CrawlJob, context: CrawlContext, link: URL, identity: RepositoryIdentity): Promise<Found> {
    const { signal } = context;
    const found = await this.#head(link, identity, this.#options, signal);
    if (job.discovery?.unlisted === true && (await isRenamed(identity, this.#options.fetcher, context))) {
      throw new RejectedInput(renamed, `${identity.link} is stored under another name.`);
    }
    return found;
  }

  /** The token must not follow a redirect, so whoever has moved is asked without it. */
  async #head(link: URL, identity: RepositoryIdentity, route: Route, signal: AbortSignal): Promise<Found> {
    const remote = await reach(link, identity, route, signal);
    try {
      return { remote, head: await remoteHead(this.#git, remote, signal) };
    } catch (error) {
      const isMoved = error instanceof RejectedInput && error.reason === 'redirected' && route.token !== undefined;
      if (!isMoved || identity.hosted === undefined) throw error;
      return await this.#head(link, identity, { ...route, token: undefined }, signal);
    }
  }

  async *#crawlRemote(
    job: CrawlJob,
    context: CrawlContext,
    { remote, head }: Found,
    hasChanged: boolean,
  ): AsyncGenerator<Crawled> {
    const { identity } = remote;
    const memory = await RepositoryMemory.read(identity, context, this.#maximumFiles);
    const isThere = memory.headCommit === head;
    // A description may change without a commit: then only a listing says so, and a repository by itself costs no more.
    const isKnown = isThere && memory.metadata.metadata !== undefined && !hasChanged;
    const { fetcher } = this.#options;
    const metadata = isKnown
      ? memory.metadata
      : await askForMetadata(fetcher, identity, memory.metadata, context.signal);
    if (isThere && memory.hasMetadata(metadata)) {
      const state = metadata === memory.metadata ? undefined : memory.renewed(metadata);
      yield { outcome: 'unchanged', documents: memory.documents, ...(state !== undefined && { state }) };
      return;
    }
    const folder = await mkdtemp(join(this.#options.temporaryFolder, 'twinstream-clone-'));
    try {
      const known = await KnownFiles.read(identity, job, context, memory.sameRules);
      const base = memory.headCommit;
      const needsReadme = (entry: TreeEntry): boolean => !memory.hasArticleOf(entry, metadata);
      const limits = { maximumFiles: this.#maximumFiles, signal: context.signal };
      const changes =
        base === undefined
          ? undefined
          : await fetchChanges({ git: this.#git, remote, folder, base, head, known, needsReadme, ...limits });
      const objects = changes?.objects ?? (await this.#clone(remote, join(folder, 'repository.git'), context.signal));
      yield* this.#crawlCommit(job, context, { objects, memory, metadata, known, before: changes?.before });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async #clone(remote: Remote, gitDirectory: string, signal: AbortSignal): Promise<RepositoryObjects> {
    await clone(this.#git, remote, gitDirectory, this.#maximumBytes, signal);
    const ask = async (...question: string[]): Promise<string> =>
      (await git(this.#git, { gitDirectory, timeoutMs: 30_000, signal, arguments: question })).trim();
    return {
      identity: remote.identity,
      objectDirectory: join(gitDirectory, 'objects'),
      objectFormat: await ask('rev-parse', '--show-object-format'),
      headCommit: await ask('rev-parse', '--verify', 'HEAD'),
      missing: 'too_large',
    };
  }

  async *#crawlCommit(
    job: CrawlJob,
    context: CrawlContext,
    what: Pick<CommitCrawl, 'objects' | 'memory' | 'metadata' | 'known' | 'before'>,
  ): AsyncGenerator<Crawled> {
    this.#languages ??= LanguageTable.load();
    yield* crawlCommit({
      job,
      context,
      ...what,
      git: this.#git,
      temporaryFolder: this.#options.temporaryFolder,
      languages: await this.#languages,
      maximumFiles: this.#maximumFiles,
    });
  }
}

/** Of a repository whose host was asked. */
interface Found {
  readonly remote: Remote;
  readonly head: string;
}

const renamed = 'renamed';
