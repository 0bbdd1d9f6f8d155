import { TransientError } from '../../domain/errors.ts';

/** Time for work that is done in pieces, with pauses between them that do not count. */
export class TimeBudget {
  readonly #parent: AbortSignal;
  readonly #totalMs: number;
  #leftMs: number;

  constructor(parent: AbortSignal, totalMs: number) {
    this.#parent = parent;
    this.#totalMs = totalMs;
    this.#leftMs = totalMs;
  }

  /**
   * Does a piece of the work. Its signal aborts with the parent, or, with a TransientError as its reason, when the budget
   * is used up. No timer and no listener stays behind: the parent may live as long as the process.
   */
  async spend<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    this.#parent.throwIfAborted();
    const controller = new AbortController();
    const onAbort = () => controller.abort(this.#parent.reason);
    const timer = setTimeout(() => {
      controller.abort(new TransientError(`it did not come to an end within ${this.#totalMs / 1000} s`));
    }, this.#leftMs);
    this.#parent.addEventListener('abort', onAbort, { once: true });
    const startedAt = performance.now();
    try {
      return await work(controller.signal);
    } finally {
      this.#leftMs -= performance.now() - startedAt;
      clearTimeout(timer);
      this.#parent.removeEventListener('abort', onAbort);
    }
  }
}
