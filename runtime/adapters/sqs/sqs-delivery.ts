import type { Delivery } from '../../ports/queue.ts';
import type { Failure } from './dead-letters.ts';

/** SQS takes whole seconds up to twelve hours, counted from the receipt. */
const longestDelaySeconds = 12 * 60 * 60 - 60;

/** What a delivery does to its message in the queue. */
interface Settlement {
  /** Ends the heartbeat. */
  release(): Promise<void>;
  remove(): Promise<void>;
  hide(seconds: number): Promise<void>;
  bury(failure: Failure): Promise<void>;
}

/**
 * Settled once: what is asked for after a settlement that worked does nothing. After one that failed, the message is no
 * longer kept invisible: settling may be tried again, or left, and then it is delivered anew after its timeout.
 */
export class SqsDelivery<Body> implements Delivery<Body> {
  readonly body: Body;
  readonly attempt: number;
  readonly #settlement: Settlement;
  #settled: Promise<void> | undefined;

  constructor(body: Body, attempt: number, settlement: Settlement) {
    this.body = body;
    this.attempt = attempt;
    this.#settlement = settlement;
  }

  acknowledge(): Promise<void> {
    return this.#settle(() => this.#settlement.remove());
  }

  retry(delayMs: number): Promise<void> {
    const seconds = Math.min(longestDelaySeconds, Math.max(1, Math.ceil(delayMs / 1000)));
    return this.#settle(() => this.#settlement.hide(seconds));
  }

  deadLetter(failure: Failure): Promise<void> {
    return this.#settle(() => this.#settlement.bury(failure));
  }

  #settle(how: () => Promise<void>): Promise<void> {
    this.#settled ??= this.#settlement
      .release()
      .then(how)
      .catch((error: unknown) => {
        this.#settled = undefined;
        throw error;
      });
    return this.#settled;
  }
}
