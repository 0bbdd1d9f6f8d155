import { delimiter } from 'node:path';
import type { HostRegistry } from '../ports/host-registry.ts';
import type { Source } from '../ports/source.ts';
import type { Config } from './config.ts';
import { openHttp } from './http.ts';
import { openPageThreads } from './page-threads.ts';

interface Sources extends AsyncDisposable {
  /** In the order in which they are asked whether a link is theirs. Loaded when first asked for. */
  all(): Promise<readonly Source[]>;
}

/**
 * @param temporaryFolder where repositories are cloned to while they are read
 * @param hosts shared by all processes that crawl for the same store
 */
export function sourcesFor(config: Config, temporaryFolder: string, hosts: HostRegistry): Sources {
  const stack = new AsyncDisposableStack();
  let opened: Promise<readonly Source[]> | undefined;
  return {
    all: () => {
      opened ??= openSources(config, temporaryFolder, hosts, stack);
      return opened;
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

async function openSources(
  { crawl, searchPath }: Config,
  temporaryFolder: string,
  hosts: HostRegistry,
  stack: AsyncDisposableStack,
): Promise<readonly Source[]> {
  const [{ DnsHostResolver }, { ArticleSource }, { FilesSource }, { GithubSource }] = await Promise.all([
    import('../adapters/http/dns-host-resolver.ts'),
    import('../sources/article/source.ts'),
    import('../sources/files/source.ts'),
    import('../sources/github/source.ts'),
  ]);
  const resolver = new DnsHostResolver({ allowPrivate: crawl.allowPrivate });
  const { fetcher } = await openHttp(crawl, { hosts, resolver, stack });
  const threads = stack.use(openPageThreads());
  return [
    new GithubSource({
      resolver,
      fetcher,
      temporaryFolder,
      searchPath: searchPath.join(delimiter),
      proxy: crawl.proxy,
      proxyAuthorityFile: crawl.proxyAuthority,
      token: crawl.credentials.githubToken,
      ...crawl.github,
    }),
    new FilesSource(),
    new ArticleSource({ fetcher, read: threads.readerFor('web') }),
  ];
}
