import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { type Backends, openBackends } from '../runtime/entry/backends.ts';
import { type Config, configFrom } from '../runtime/entry/config.ts';

export const silent = pino({ level: 'silent' });

export interface BenchWorkspace extends AsyncDisposable {
  readonly folder: string;
  readonly config: Config;
  readonly backends: Backends;
}

/** A workspace of its own that may crawl the loopback; removed afterwards. */
export async function openWorkspace(): Promise<BenchWorkspace> {
  const folder = await mkdtemp(join(tmpdir(), 'twinstream-bench-'));
  const config = configFrom({
    TWIN_HOME: join(folder, 'home'),
    TWIN_ALLOW_PRIVATE: '1',
    CRAWL_INTERVAL_MS: '0',
    CRAWL_HOST_CONCURRENCY: '64',
    PATH: process.env['PATH'],
  });
  const backends = await openBackends(config, { purpose: 'work', command: 'bench', logger: silent });
  return {
    folder,
    config,
    backends,
    [Symbol.asyncDispose]: async () => {
      await backends[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
