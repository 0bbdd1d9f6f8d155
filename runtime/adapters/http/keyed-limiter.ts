import Bottleneck from 'bottleneck';
import { untilAborted } from './until-aborted.ts';

/** Runs at most so many tasks of one key at once, in the order in which they came. Keys that rest are forgotten. */
export class KeyedLimiter {
  readonly #limiters: Bottleneck.Group;

  constructor(maxConcurrent: number) {
    this.#limiters = new Bottleneck.Group({ maxConcurrent });
  }

  /** @throws the reason of `signal`, at once; a task that has not begun by then never does */
  async run<Result>(key: string, signal: AbortSignal, task: () => Promise<Result>): Promise<Result> {
    signal.throwIfAborted();
    // Asked for each time: a limiter that was kept could be one that the group has forgotten.
    const limiter = this.#limiters.key(key);
    const ended = limiter.schedule(async () => {
      signal.throwIfAborted();
      return await task();
    });
    return await untilAborted(ended, signal);
  }
}
