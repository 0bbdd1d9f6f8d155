import { setTimeout as delay } from 'node:timers/promises';

/** Waits `ms` milliseconds, or until the signal fires; it never rejects. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}
