import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ChromePool, type ChromePoolOptions } from '../../../runtime/adapters/chrome/chrome-pool.ts';
import { DnsHostResolver } from '../../../runtime/adapters/http/dns-host-resolver.ts';
import type { Politeness } from '../../../runtime/ports/politeness.ts';

/** Lets everything through at once. */
export const impolite: Politeness = {
  schedule: (_url, signal, task) => {
    signal.throwIfAborted();
    return task();
  },
};

export const searchPath = (process.env['PATH'] ?? '').split(delimiter);

export interface OpenPool extends AsyncDisposable {
  readonly pool: ChromePool;
  /** Holds `temporary` and `screenshots`, and is removed with the pool. */
  readonly home: string;
}

/** Browsers of the machine, which may open pages of the loopback. */
export async function openPool(options: Partial<ChromePoolOptions> = {}): Promise<OpenPool> {
  const home = await mkdtemp(join(tmpdir(), 'twinstream-test-'));
  const pool = new ChromePool({
    installation: { searchPath },
    browsers: 1,
    pagesEach: 100,
    megabytesEach: 4_000,
    timeouts: { loadMs: 10_000, scriptMs: 5_000 },
    userAgent: 'Twinstream/0.1 (+https://example.com/contact)',
    resolver: new DnsHostResolver({ allowPrivate: true }),
    politeness: impolite,
    temporaryFolder: join(home, 'temporary'),
    screenshotFolder: join(home, 'screenshots'),
    ...options,
  });
  return {
    pool,
    home,
    [Symbol.asyncDispose]: async () => {
      await pool[Symbol.asyncDispose]();
      await rm(home, { recursive: true, force: true });
    },
  };
}
