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

const youngHeapMegabytes = 16;

/** What one page may take: many times what the largest pages made to be read do. */
interface PageLimits {
  /** Of the heap of a thread. */
  readonly megabytes: number;
  /** From when a thread is free for the page. */
  readonly milliseconds: number;
}

const usualLimits: PageLimits = { megabytes: 512, milliseconds: 60_000 };

/**
 * Reads pages beside the event loop, which so stays free for the network, for heartbeats and for signals: one thread a
 * core but one, started with the first page. A page that takes more than it may is rejected (`too_large`, `too_costly`);
 * its thread ends, and the next page gets another one.
 */
export function openPageThreads({ megabytes, milliseconds }: PageLimits = usualLimits): PageThreads {
  const maxThreads = Math.max(1, availableParallelism() - 1);
  // The pool has a queue of its own, but only here is it known when a page's time begins.
  const inTurn = turns(maxThreads);
  let pool: Promise<Piscina<PageOfPlatform, PageReading>> | undefined;
  const open = async (): Promise<Piscina<PageOfPlatform, PageReading>> => {
    const { Piscina: Pool } = await import('piscina');
    return new Pool<PageOfPlatform, PageReading>({
      filename: new URL('./read-page.ts', import.meta.url).href,
      name: 'readPage',
      minThreads: 0,
      maxThreads,
      idleTimeout: idleMs,
      atomics: 'disabled',
      resourceLimits: { maxYoungGenerationSizeMb: youngHeapMegabytes, maxOldGenerationSizeMb: megabytes },
    });
  };
  const read = async (task: PageOfPlatform, signal: AbortSignal): Promise<PageReading> => {
    pool ??= open();
    const threads = await pool;
    const timeout = AbortSignal.timeout(milliseconds);
    try {
      return await threads.run(task, { signal: AbortSignal.any([signal, timeout]) });
    } catch (error) {
      if (signal.aborted) throw error;
      const { url } = task.page;
      if (timeout.aborted) return rejected('too_costly', `${url} takes more than ${milliseconds} ms to read`);
      if (isOutOfMemory(error))
        return rejected('too_large', `${url} takes more than ${megabytes} MB of memory to read`);
      throw error;
    }
  };
  return {
    readerFor: (platform) => async (page: PageToRead, signal) =>
      await inTurn(async () => await read({ platform, page }, signal)),
    [Symbol.asyncDispose]: async () => {
      await (await pool)?.destroy();
    },
  };
}

/** At most so many at a time, in the order in which they came. */
function turns(count: number): <Result>(work: () => Promise<Result>) => Promise<Result> {
  const waiting: (() => void)[] = [];
  let free = count;
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}

function rejected(reason: string, message: string): PageReading {
  return { outcome: 'rejected', reason, message };
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
}
