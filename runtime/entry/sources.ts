import { delimiter } from 'node:path';
import type { Fetcher } from '../ports/fetcher.ts';
import type { Source } from '../ports/source.ts';
import type { Config } from './config.ts';
import { openPageThreads } from './page-threads.ts';

interface Sources extends AsyncDisposable {
  /** In the order in which they are asked whether a link is theirs. Loaded when first asked for. */
  all(): Promise<readonly Source[]>;
}

/** @param temporaryFolder where repositories are cloned to while they are read */
export function sourcesFor(config: Config, temporaryFolder: string): Sources {
  const stack = new AsyncDisposableStack();
  let opened: Promise<readonly Source[]> | undefined;
  return {
    all: () => {
      opened ??= openSources(config, temporaryFolder, stack);
      return opened;
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

async function openSources(
  { crawl: { allowPrivate, contact, timeoutMs }, searchPath }: Config,
  temporaryFolder: string,
  stack: AsyncDisposableStack,
): Promise<readonly Source[]> {
  const [{ DnsHostResolver }, { ArticleSource }, { FilesSource }, { GithubSource }] = await Promise.all([
    import('../adapters/http/dns-host-resolver.ts'),
    import('../sources/article/source.ts'),
    import('../sources/files/source.ts'),
    import('../sources/github/source.ts'),
  ]);
  const resolver = new DnsHostResolver({ allowPrivate });
  let opened: Promise<Fetcher> | undefined;
  const open = async (): Promise<Fetcher> => {
    const { HttpFetcher } = await import('../adapters/http/http-fetcher.ts');
    const userAgent = `Twinstream/0.1${contact === undefined ? '' : ` (+${contact})`}`;
    const timeouts = { headersMs: timeoutMs, bodyMs: timeoutMs };
    return stack.use(new HttpFetcher({ resolver, userAgent, timeouts }));
  };
  // The HTTP client takes a while to load, and many a process never fetches a page.
  const fetch: Fetcher['fetch'] = async (url, request) => {
    opened ??= open();
    return await (await opened).fetch(url, request);
  };
  const threads = stack.use(openPageThreads());
  return [
    new GithubSource({ resolver, temporaryFolder, searchPath: searchPath.join(delimiter) }),
    new FilesSource(),
    new ArticleSource({ fetcher: { fetch }, read: threads.readerFor('web') }),
  ];
}
