import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HostPoliteness } from '../../../runtime/adapters/http/host-politeness.ts';
import { HostTurns } from '../../../runtime/adapters/http/host-turns.ts';
import { type FetchTimeouts, HttpFetcher } from '../../../runtime/adapters/http/http-fetcher.ts';
import { Database } from '../../../runtime/adapters/sqlite/database.ts';
import { rawStoreFormat } from '../../../runtime/adapters/sqlite/raw-store-format.ts';
import { SqliteDocumentStore } from '../../../runtime/adapters/sqlite/sqlite-document-store.ts';
import { RejectedInput, TransientError } from '../../../runtime/domain/errors.ts';
import { collections } from '../../../runtime/odm/collections.ts';
import { Hosts } from '../../../runtime/odm/hosts.ts';
import type { ReplicaServer, Route } from '../../replica/server.ts';

export interface CrawlerOptions {
  readonly intervalMs?: number;
  readonly concurrency?: number;
  readonly exempt?: readonly string[];
  readonly timeouts?: Partial<FetchTimeouts>;
}

export interface Crawler {
  readonly hosts: Hosts;
  readonly fetch: (url: string, signal?: AbortSignal) => Promise<string>;
}

/** Crawlers that know of one another only by the database file that they share, as processes do. */
export async function crawlers<Count extends number>(count: Count, options: CrawlerOptions = {}) {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtempDisposable(join(tmpdir(), 'crawlers-'));
  stack.defer(() => folder.remove());
  const open = async (): Promise<Crawler> => {
    const store = stack.use(new SqliteDocumentStore(new Database(join(folder.path, 'raw.sqlite'), rawStoreFormat)));
    await store.prepare(collections);
    const hosts = new Hosts(store);
    const { intervalMs = 0, concurrency = 1, exempt = [], timeouts } = options;
    const common = { allowPrivate: true, userAgent: 'Twinstream/0.1 (+test)', timeouts };
    const turns = new HostTurns({ registry: hosts, intervalMs, concurrency });
    const fetcher = stack.use(new HttpFetcher({ ...common, politeness: turns }));
    const politeness = new HostPoliteness({ turns, registry: hosts, fetcher, userAgent: common.userAgent, exempt });
    const polite = stack.use(new HttpFetcher({ ...common, politeness }));
    return {
      hosts,
      fetch: async (url, signal = new AbortController().signal) => {
        const result = await polite.fetch(url, { signal });
        return result.status === 'ok' ? result.text : result.status;
      },
    };
  };
  const first = await open();
  const others: Crawler[] = [];
  while (others.length < count - 1) others.push(await open());
  const opened = stack.move();
  return { first, all: [first, ...others], [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/** Writes down when each route is asked, whatever it answers. */
export function timed(server: ReplicaServer, routes: Readonly<Record<string, Route>>): number[] {
  const times: number[] = [];
  for (const [path, route] of Object.entries(routes)) {
    server.routes.set(path, (request, response) => {
      times.push(performance.now());
      return typeof route === 'function' ? route(request, response) : route;
    });
  }
  return times;
}

/** The shortest time between two requests that followed one another. */
export function shortestGap(times: readonly number[]): number {
  return Math.min(...times.slice(1).map((time, index) => time - (times[index] ?? 0)));
}

export function rejected(reason: string, message: RegExp = /^/) {
  return (error: unknown): boolean =>
    error instanceof RejectedInput && error.reason === reason && message.test(error.message);
}

/** @param retryAfterMs at least so much, and not much more */
export function transient(message: RegExp, retryAfterMs?: number) {
  return (error: unknown): boolean =>
    error instanceof TransientError && message.test(error.message) && error.retryAfterMs === retryAfterMs;
}
