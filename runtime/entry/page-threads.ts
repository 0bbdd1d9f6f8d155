import { availableParallelism } from 'node:os';
import type { Piscina } from 'piscina';
import type { PageReader, PageReading, PageToRead } from '../sources/article/extract.ts';

interface PageThreads extends AsyncDisposable {
  readonly read: PageReader;
}

/** A thread that has had nothing to do for so long ends and gives its memory back. */
const idleMs = 30_000;

/** What one page may take; pages are bounded in size, and their readers in what they do for it. */
const youngHeapMegabytes = 16;

/**
 * Reads pages beside the event loop, which so stays free for the network, for heartbeats and for signals: one thread a
 * core but one, started with the first page.
 */
export function openPageThreads(): PageThreads {
  let pool: Promise<Piscina<PageToRead, PageReading>> | undefined;
  const open = async (): Promise<Piscina<PageToRead, PageReading>> => {
    const { Piscina: Pool } = await import('piscina');
    return new Pool<PageToRead, PageReading>({
      filename: new URL('../sources/article/extract.ts', import.meta.url).href,
      name: 'readPage',
      minThreads: 0,
      maxThreads: Math.max(1, availableParallelism() - 1),
      idleTimeout: idleMs,
      atomics: 'disabled',
      resourceLimits: { maxYoungGenerationSizeMb: youngHeapMegabytes },
    });
  };
  return {
    read: async (page, signal) => {
      pool ??= open();
      return await (await pool).run(page, { signal });
    },
    [Symbol.asyncDispose]: async () => {
      await (await pool)?.destroy();
    },
  };
}
