import { once } from 'node:events';
import type { Logger } from 'pino';
import { Misconfigured, messageOf, RejectedInput, TransientError } from '../domain/errors.ts';
import type { Delivery, Queue } from '../ports/queue.ts';
import { sleep } from './sleep.ts';

export interface Failure {
  readonly reason: string;
  readonly message: string;
}

export interface Postponements {
  /** After so many deliveries a message that is still asked to wait is dead-lettered. */
  readonly most: number;
  /** One that is asked to wait for longer than this is dead-lettered at once. */
  readonly longestMs: number;
}

export interface ConsumeOptions<Body> {
  readonly queue: Queue<Body>;
  /**
   * Does the work of one message. Its promise resolves when the effect is durable: only then is the message removed.
   * The signal fires when there is no time left to finish; what is thrown after that gives the message back.
   */
  readonly handle: (body: Body, signal: AbortSignal) => Promise<void>;
  /** Messages in hand at once. */
  readonly concurrency: number;
  /** After this many deliveries a message that still fails is dead-lettered. */
  readonly maxAttempts: number;
  /** Instead of `maxAttempts`, for what may work later: when the trouble is with a server, the message is not to blame. */
  readonly maxTransientAttempts?: number;
  /** Instead of both, where the other side named the time to come back at: it has not failed, it has asked to wait. */
  readonly postponements?: Postponements | undefined;
  /** Messages with the same key are handled one after the other. */
  readonly serialBy?: (body: Body) => string;
  /** Called when a message has failed and will be delivered again after `delayMs`. */
  readonly onRetry?: ((body: Body, failure: Failure, delayMs: number) => void) | undefined;
  /** Called once a message is in the dead-letter queue. */
  readonly onDeadLetter?: ((body: Body, failure: Failure) => void | Promise<void>) | undefined;
  readonly logger: Logger;
  /** No new messages are taken once it fires. */
  readonly signal: AbortSignal;
  /** How long what is in hand may take to finish after `signal`. */
  readonly graceMs?: number;
}

const defaultGraceMs = 20_000;
/** What does not even give back in this time is left to its visibility timeout: 25 s are promised in all. */
const lastMs = 4_000;
const firstRetryMs = 1_000;
const longestRetryMs = 15 * 60_000;

/**
 * Receives and handles messages until aborted, then finishes or gives back what is in hand.
 *
 * What a handler throws decides: RejectedInput goes to the dead-letter queue at once; TransientError and everything
 * unexpected is tried again with exponential back-off, and dead-lettered after `maxAttempts` deliveries; Misconfigured
 * gives the message back and ends the whole service, since the next message would fare no better.
 * @throws Misconfigured from a handler or the queue
 */
export async function consume<Body>(options: ConsumeOptions<Body>): Promise<void> {
  const { queue, concurrency, logger, signal, graceMs = defaultGraceMs } = options;
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);
  const outOfTime = new AbortController();
  const inHand = new Set<Promise<void>>();
  const serial = new Map<string, Promise<void>>();
  let fatal: Misconfigured | undefined;

  const settle = async (delivery: Delivery<Body>, previous: Promise<void> | undefined): Promise<void> => {
    await previous;
    try {
      await work(delivery, options, outOfTime.signal);
    } catch (error) {
      if (error instanceof Misconfigured) {
        fatal ??= error;
        failed.abort();
      } else {
        // The message could not be settled: its visibility runs out and it is delivered again.
        logger.warn({ err: error }, 'a message could not be settled and will be delivered again');
      }
    }
  };

  const start = (delivery: Delivery<Body>): void => {
    const key = options.serialBy?.(delivery.body);
    const task = settle(delivery, key === undefined ? undefined : serial.get(key)).finally(() => {
      inHand.delete(task);
      if (key !== undefined && serial.get(key) === task) serial.delete(key);
    });
    inHand.add(task);
    if (key !== undefined) serial.set(key, task);
  };

  let pauseMs = 0;
  while (!stop.aborted) {
    const room = concurrency - inHand.size;
    // A request brings up to ten messages for the price of one.
    if (room < Math.min(10, Math.ceil(concurrency / 4))) {
      await Promise.race(inHand);
      continue;
    }
    try {
      const deliveries = await queue.receive({ max: Math.min(10, room), signal: stop });
      pauseMs = 0;
      for (const delivery of deliveries) start(delivery);
    } catch (error) {
      if (error instanceof Misconfigured) {
        fatal ??= error;
        break;
      }
      pauseMs = Math.min(Math.max(pauseMs * 2, 250), 10_000);
      logger.warn({ err: error, pauseMs }, 'the queue did not answer; trying again');
      await sleep(pauseMs, stop);
    }
  }

  const timer = setTimeout(() => outOfTime.abort(new TransientError('the process is stopping')), graceMs);
  const finished = Promise.all(inHand);
  const lastMoment = AbortSignal.timeout(graceMs + lastMs);
  await Promise.race([finished, once(lastMoment, 'abort')]);
  clearTimeout(timer);
  if (fatal !== undefined) throw fatal;
}

async function work<Body>(
  delivery: Delivery<Body>,
  options: ConsumeOptions<Body>,
  outOfTime: AbortSignal,
): Promise<void> {
  const { handle, logger } = options;
  try {
    outOfTime.throwIfAborted();
    await handle(delivery.body, outOfTime);
  } catch (error) {
    if (outOfTime.aborted) return delivery.retry(firstRetryMs);
    if (error instanceof Misconfigured) {
      await delivery.retry(firstRetryMs);
      throw error;
    }
    const failure = failureOf(error, options);
    if (error instanceof RejectedInput || delivery.attempt >= mostAttempts(error, options)) {
      logger.warn({ err: error, message: delivery.body, reason: failure.reason }, 'dead-lettered');
      await delivery.deadLetter(failure);
      await options.onDeadLetter?.(delivery.body, failure);
      return;
    }
    const delayMs = retryDelayMs(delivery.attempt, error);
    const level = error instanceof TransientError ? 'info' : 'error';
    logger[level]({ err: error, message: delivery.body, attempt: delivery.attempt, delayMs }, 'will be tried again');
    await delivery.retry(delayMs);
    options.onRetry?.(delivery.body, failure, delayMs);
    return;
  }
  await delivery.acknowledge();
}

function mostAttempts<Body>(
  error: unknown,
  { maxAttempts, maxTransientAttempts = maxAttempts, postponements }: ConsumeOptions<Body>,
): number {
  if (!(error instanceof TransientError)) return maxAttempts;
  const { retryAfterMs } = error;
  if (retryAfterMs === undefined || postponements === undefined) return maxTransientAttempts;
  return retryAfterMs > postponements.longestMs ? 0 : Math.max(maxTransientAttempts, postponements.most);
}

function failureOf<Body>(error: unknown, { postponements }: Pick<ConsumeOptions<Body>, 'postponements'>): Failure {
  if (error instanceof RejectedInput) return { reason: error.reason, message: error.message };
  if (error instanceof TransientError && (error.retryAfterMs ?? 0) > (postponements?.longestMs ?? Infinity)) {
    const until = new Date(Date.now() + (error.retryAfterMs ?? 0)).toISOString().replace(/\.\d+Z$/, 'Z');
    const message = `${error.message}; not before ${until}: ask again then, or redrive the dead letters`;
    return { reason: 'asked_to_wait', message };
  }
  if (error instanceof TransientError) return { reason: 'retries_exhausted', message: error.message };
  return { reason: 'unexpected_error', message: messageOf(error) };
}

/** What the other side asked for, else 1, 2, 4, … seconds. */
function retryDelayMs(attempt: number, error: unknown): number {
  const asked = error instanceof TransientError ? error.retryAfterMs : undefined;
  return Math.min(Math.max(asked ?? firstRetryMs * 2 ** (attempt - 1), firstRetryMs), longestRetryMs);
}
