import { delimiter } from 'node:path';
import type { HostRegistry } from '../ports/host-registry.ts';
import type { Source } from '../ports/source.ts';
import { openBrowser } from './browser.ts';
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
  config: Config,
  temporaryFolder: string,
  hosts: HostRegistry,
  stack: AsyncDisposableStack,
): Promise<readonly Source[]> {
  const [
    { DnsHostResolver },
    { ArticleSource },
    { FilesSource },
    { GithubSource },
    { LinkedinSource },
    { MediumSource },
    { SubstackSource },
  ] = await Promise.all([
    import('../adapters/http/dns-host-resolver.ts'),
    import('../sources/article/source.ts'),
    import('../sources/files/source.ts'),
    import('../sources/github/source.ts'),
    import('../sources/linkedin/source.ts'),
    import('../sources/medium/source.ts'),
    import('../sources/substack/source.ts'),
  ]);
  const { crawl, searchPath } = config;
  const { proxy, proxyAuthority, credentials, github, linkedin } = crawl;
  const resolver = new DnsHostResolver({ allowPrivate: crawl.allowPrivate });
  const http = await openHttp(crawl, { hosts, resolver, stack });
  const { fetcher } = http;
  const browser = stack.use(openBrowser(config, { http, resolver, temporaryFolder }));
  const { readerFor } = stack.use(openPageThreads());
  return [
    new GithubSource({
      ...github,
      fetcher,
      resolver,
      proxy,
      proxyAuthorityFile: proxyAuthority,
      token: credentials.githubToken,
      temporaryFolder,
      searchPath: searchPath.join(delimiter),
    }),
    new MediumSource({ fetcher, browser, read: readerFor('medium') }),
    new SubstackSource({ fetcher, read: readerFor('substack') }),
    new LinkedinSource({
      ...linkedin,
      fetcher,
      browser,
      read: readerFor('linkedin'),
      cookies: credentials.linkedinCookies,
    }),
    new FilesSource(),
    new ArticleSource({ fetcher, browser, read: readerFor('web') }),
  ];
}
