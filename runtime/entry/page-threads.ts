import { availableParallelism } from 'node:os';
import type { Piscina } from 'piscina';
import type { PageReader, PageReading, PageToRead } from '../crawling/page-reader.ts';
import type { Platform } from '../domain/documents.ts';
import type { PageOfPlatform } from './read-page.ts';

interface PageThreads extends AsyncDisposable {
  readerFor(platform: Platform): PageReader;
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
  let pool: Promise<Piscina<PageOfPlatform, PageReading>> | undefined;
  const open = async (): Promise<Piscina<PageOfPlatform, PageReading>> => {
    const { Piscina: Pool } = await import('piscina');
    return new Pool<PageOfPlatform, PageReading>({
      filename: new URL('./read-page.ts', import.meta.url).href,
      name: 'readPage',
      minThreads: 0,
      maxThreads: Math.max(1, availableParallelism() - 1),
      idleTimeout: idleMs,
      atomics: 'disabled',
      resourceLimits: { maxYoungGenerationSizeMb: youngHeapMegabytes },
    });
  };
  return {
    readerFor: (platform) => async (page: PageToRead, signal) => {
      pool ??= open();
      return await (await pool).run({ platform, page }, { signal });
    },
    [Symbol.asyncDispose]: async () => {
      await (await pool)?.destroy();
    },
  };
}
