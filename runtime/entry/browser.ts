import { join } from 'node:path';
import type { Browser } from '../ports/browser.ts';
import type { HostResolver } from '../ports/host-resolver.ts';
import type { Config } from './config.ts';
import type { Http } from './http.ts';

export interface BrowserParts {
  readonly http: Pick<Http, 'politeness' | 'proxy' | 'userAgent'>;
  readonly resolver: HostResolver;
  readonly temporaryFolder: string;
}

/** Few processes ever need a browser: the pool is loaded with the first page, and its browsers start with it. */
export function openBrowser(config: Config, { http, resolver, temporaryFolder }: BrowserParts): Browser {
  const { binary, driver, ...limits } = config.crawl.browser;
  let pool: Promise<Browser> | undefined;
  const open = async (): Promise<Browser> => {
    const { ChromePool } = await import('../adapters/chrome/chrome-pool.ts');
    const { politeness, proxy, userAgent } = http;
    return new ChromePool({
      ...limits,
      installation: { binary, driver, searchPath: config.searchPath },
      timeouts: { loadMs: 2 * config.crawl.timeoutMs, scriptMs: config.crawl.timeoutMs },
      userAgent,
      resolver,
      politeness,
      proxy,
      temporaryFolder,
      screenshotFolder: join(config.home, 'screenshots'),
    });
  };
  return {
    visit: async (url, visit, use) => {
      pool ??= open();
      return await (await pool).visit(url, visit, use);
    },
    [Symbol.asyncDispose]: async () => {
      await (await pool)?.[Symbol.asyncDispose]();
    },
  };
}

/** Ends the browsers of a process that was killed, which are known by what it left in its temporary folder. */
export async function endStaleBrowsers(temporaryFolder: string): Promise<void> {
  const { removeStaleProfiles } = await import('../adapters/chrome/profile-folder.ts');
  await removeStaleProfiles(temporaryFolder);
}
