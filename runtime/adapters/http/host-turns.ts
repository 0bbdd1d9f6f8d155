import { setTimeout as delay } from 'node:timers/promises';
import { TransientError } from '../../domain/errors.ts';
import type { HostRegistry } from '../../ports/host-registry.ts';
import type { Politeness } from '../../ports/politeness.ts';
import { HostOverloaded } from './host-overloaded.ts';
import { KeyedLimiter } from './keyed-limiter.ts';

export interface HostTurnsOptions {
  readonly registry: HostRegistry;
  /** Between two requests to one host, by whatever crawler that shares the registry. */
  readonly intervalMs: number;
  /**
   * Requests of this process to one host at once. With 1 there is but one in all crawlers; where they may overlap, they
   * start an interval apart, and arrive so as exactly as the network lets them.
   */
  readonly concurrency: number;
}

/** A longer pause is left to the queue, which has other hosts to offer meanwhile. */
const longestPauseMs = 30_000;

const firstBackOffMs = 1_000;
const longestBackOffMs = 10 * 60_000;

/** Politeness without robots.txt: gives each host its time, and lets it rest when it asks for that. */
export class HostTurns implements Politeness {
  readonly #registry: HostRegistry;
  readonly #intervalMs: number;
  readonly #alone: boolean;
  readonly #limiter: KeyedLimiter;
  /** How often in a row a host was overloaded without saying for how long. */
  readonly #strikes = new Map<string, number>();

  constructor(options: HostTurnsOptions) {
    this.#registry = options.registry;
    this.#intervalMs = options.intervalMs;
    this.#alone = options.concurrency === 1;
    this.#limiter = new KeyedLimiter(options.concurrency);
  }

  async schedule<Result>(url: URL, signal: AbortSignal, task: () => Promise<Result>): Promise<Result> {
    return await this.scheduleSlowly(0, url, signal, task);
  }

  /** @param delayMs what the host itself asks for: the larger one of it and our own interval counts */
  async scheduleSlowly<Result>(
    delayMs: number,
    url: URL,
    signal: AbortSignal,
    task: () => Promise<Result>,
  ): Promise<Result> {
    const host = hostOf(url);
    const intervalMs = Math.max(delayMs, this.#intervalMs);
    return await this.#limiter.run(host, signal, async () => {
      await this.#waitForTurn(host, intervalMs, signal);
      try {
        return await this.#watched(host, task);
      } finally {
        if (intervalMs > 0) await this.#registry.endTurn(host);
      }
    });
  }

  async #waitForTurn(host: string, intervalMs: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      const waitMs = await this.#registry.takeTurn(host, intervalMs, this.#alone);
      if (waitMs === 0) return;
      if (waitMs > intervalMs + longestPauseMs) {
        throw new TransientError(`${host} asked to be left alone for another ${Math.ceil(waitMs / 1000)} s`, {
          retryAfterMs: waitMs,
        });
      }
      await delay(waitMs, undefined, { signal }).catch((error: unknown) => {
        signal.throwIfAborted();
        throw error;
      });
    }
  }

  /** Runs the task and does for everyone what the host asks of it. */
  async #watched<Result>(host: string, task: () => Promise<Result>): Promise<Result> {
    try {
      const result = await task();
      this.#strikes.delete(host);
      return result;
    } catch (error) {
      if (!(error instanceof TransientError)) {
        this.#strikes.delete(host);
        throw error;
      }
      const pauseMs = error.retryAfterMs || (error instanceof HostOverloaded ? this.#backOffMs(host) : 0);
      if (pauseMs === 0) throw error;
      await this.#registry.pause(host, pauseMs);
      // Whoever waits for a time that nobody has named has failed once more.
      throw error;
    }
  }

  #backOffMs(host: string): number {
    const strikes = this.#strikes.get(host) ?? 0;
    this.#strikes.set(host, strikes + 1);
    return Math.min(Math.max(firstBackOffMs, this.#intervalMs) * 2 ** strikes, longestBackOffMs);
  }
}

/** With its port, unless that is the usual one. A trailing dot makes no other host. */
function hostOf(url: URL): string {
  return url.host.replace(/\.(?=$|:\d+$)/, '');
}
