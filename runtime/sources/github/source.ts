import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CrawlJob, CrawlTask } from '../../domain/crawl-job.ts';
import { RejectedInput } from '../../domain/errors.ts';
import { documentId } from '../../domain/identity.ts';
import type { HostResolver } from '../../ports/host-resolver.ts';
import type { CrawlContext, Crawled, Source, StateUpdate } from '../../ports/source.ts';
import { crawlFiles } from './files.ts';
import { type GitOptions, git } from './git.ts';
import { identityOfLink, isGitHubHost, type RepositoryIdentity } from './identity.ts';
import { LanguageTable } from './languages.ts';
import { isLocalRepository, openLocal } from './local.ts';
import { borrow, type RepositoryObjects } from './objects.ts';
import { clone, type Remote, reach, remoteHead } from './remote.ts';

export interface GithubSourceOptions {
  /** Checks the hosts of links before git connects to them. */
  readonly resolver: HostResolver;
  /** Clones lie in here while they are read. */
  readonly temporaryFolder: string;
  /** Where `git` is looked up, as PATH. Default: where systems put it. */
  readonly searchPath?: string | undefined;
  /** Files of one repository that become documents. Default: 50,000. */
  readonly maximumFiles?: number | undefined;
  /** Of what one clone transfers. Default: 4 GiB. */
  readonly maximumBytes?: number | undefined;
}

const gibibyte = 1024 ** 3;
const usualSearchPath = '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin';
const accepted =
  'Accepted are https://github.com/OWNER/REPOSITORY, links that end in .git, and file: links of repositories.';

/** Repositories on GitHub, behind other http(s) links that end in `.git`, and on this machine. */
export class GithubSource implements Source {
  readonly platform = 'github';
  readonly #resolver: HostResolver;
  readonly #temporaryFolder: string;
  readonly #git: GitOptions;
  readonly #maximumFiles: number;
  readonly #maximumBytes: number;
  #languages: Promise<LanguageTable> | undefined;

  constructor(options: GithubSourceOptions) {
    this.#resolver = options.resolver;
    this.#temporaryFolder = options.temporaryFolder;
    this.#git = { searchPath: options.searchPath ?? usualSearchPath };
    this.#maximumFiles = options.maximumFiles ?? 50_000;
    this.#maximumBytes = options.maximumBytes ?? 4 * gibibyte;
  }

  async taskFor(link: URL): Promise<CrawlTask | undefined> {
    if (link.protocol === 'file:') {
      return (await isLocalRepository(this.#git, link)) ? 'fetch' : undefined;
    }
    return isWebLink(link) && (isGitHubHost(link.hostname) || /\.git\/?$/i.test(link.pathname)) ? 'fetch' : undefined;
  }

  /** The state of the repository comes last: a crawl that was killed is not taken for a complete one. */
  async *crawl(job: CrawlJob, context: CrawlContext): AsyncGenerator<Crawled> {
    const link = new URL(job.url);
    if (link.protocol === 'file:') {
      yield* this.#crawlObjects(job, context, await openLocal(this.#git, link, context.signal));
      return;
    }
    const identity = isWebLink(link) ? identityOfLink(link) : undefined;
    if (identity === undefined) {
      throw new RejectedInput(
        'unsupported_link',
        `${link.origin}${link.pathname} is no link of a repository. ${accepted}`,
      );
    }
    const remote = await reach(link, identity, this.#resolver, context.signal);
    const unchanged = await unchangedSince(await remoteHead(this.#git, remote, context.signal), identity, context);
    if (unchanged === undefined) {
      yield* this.#crawlClone(job, context, remote);
    } else {
      yield unchanged;
    }
  }

  async *#crawlClone(job: CrawlJob, context: CrawlContext, remote: Remote): AsyncGenerator<Crawled> {
    const folder = await mkdtemp(join(this.#temporaryFolder, 'twinstream-clone-'));
    try {
      const gitDirectory = join(folder, 'repository.git');
      await clone(this.#git, remote, gitDirectory, this.#maximumBytes, context.signal);
      const ask = { gitDirectory, timeoutMs: 30_000, signal: context.signal };
      const headCommit = (await git(this.#git, { ...ask, arguments: ['rev-parse', '--verify', 'HEAD'] })).trim();
      const objectFormat = (await git(this.#git, { ...ask, arguments: ['rev-parse', '--show-object-format'] })).trim();
      const objectDirectory = join(gitDirectory, 'objects');
      const { identity } = remote;
      yield* this.#crawlObjects(job, context, {
        identity,
        objectDirectory,
        objectFormat,
        headCommit,
        missing: 'too_large',
      });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async *#crawlObjects(job: CrawlJob, context: CrawlContext, objects: RepositoryObjects): AsyncGenerator<Crawled> {
    const { identity, headCommit } = objects;
    const unchanged = await unchangedSince(headCommit, identity, context);
    if (unchanged !== undefined) {
      yield unchanged;
      return;
    }
    const folder = await mkdtemp(join(this.#temporaryFolder, 'twinstream-objects-'));
    try {
      await borrow(this.#git, objects, folder, context.signal);
      this.#languages ??= LanguageTable.load();
      const { documents, complete } = yield* crawlFiles({
        job,
        context,
        objects,
        git: this.#git,
        gitDirectory: folder,
        languages: await this.#languages,
        maximumFiles: this.#maximumFiles,
      });
      const state: StateUpdate = {
        key: identity.key,
        scope: identity.link,
        validators: complete ? { headCommit, documents } : {},
        lastResult: complete ? 'stored' : 'partial',
      };
      const { name, link } = identity;
      const _id = documentId('github', identity.key);
      yield { outcome: 'repository', repository: { _id, authorId: job.authorId, name, link, headCommit }, state };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

function isWebLink(link: URL): boolean {
  return link.protocol === 'https:' || link.protocol === 'http:';
}

/** When HEAD is where it was, and all that was taken in then is still stored, there is nothing to do. */
async function unchangedSince(
  headCommit: string,
  identity: RepositoryIdentity,
  context: CrawlContext,
): Promise<Crawled | undefined> {
  const remembered = (await context.state(identity.key))?.validators;
  if (remembered?.['headCommit'] !== headCommit) {
    return undefined;
  }
  const documents = (await context.documentsUnder('github', `${identity.key}/`)).size;
  return documents === remembered['documents'] ? { outcome: 'unchanged', documents } : undefined;
}
