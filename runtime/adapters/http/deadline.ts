import { TransientError } from '../../domain/errors.ts';

/**
 * A signal that aborts with `parent`, or after `ms` with a TransientError as its reason. Disposing of it takes back the
 * timer and the listener: `parent` may live as long as the process.
 */
export class Deadline implements Disposable {
  readonly signal: AbortSignal;
  readonly #parent: AbortSignal;
  readonly #timer: NodeJS.Timeout;
  readonly #onAbort: () => void;

  constructor(parent: AbortSignal, ms: number) {
    const controller = new AbortController();
    this.signal = controller.signal;
    this.#parent = parent;
    this.#onAbort = () => controller.abort(parent.reason);
    this.#timer = setTimeout(() => {
      controller.abort(new TransientError(`it did not come to an end within ${ms / 1000} s`));
    }, ms);
    if (parent.aborted) {
      this.#onAbort();
    } else {
      parent.addEventListener('abort', this.#onAbort, { once: true });
    }
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#parent.removeEventListener('abort', this.#onAbort);
  }
}
