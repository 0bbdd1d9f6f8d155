export interface Message<Body> {
  readonly body: Body;
  /** FIFO group: strict order, and one receiver at a time. At most 128 characters. */
  readonly group: string;
  /** A second message with the same id within five minutes is dropped. At most 128 characters. */
  readonly deduplicationId: string;
}

/**
 * A message in hand. The queue keeps it invisible to others until it is settled by exactly one of the three methods;
 * if the process dies first, it is delivered again.
 */
export interface Delivery<Body> {
  readonly body: Body;
  /** 1 for the first delivery. */
  readonly attempt: number;
  /** Done: removes it. */
  acknowledge(): Promise<void>;
  /** Gives it back, to be delivered again after `delayMs` (at least 1 s) and before later ones of its group. */
  retry(delayMs: number): Promise<void>;
  /** Moves it to the dead-letter queue, durably there before it is removed here. */
  deadLetter(failure: { readonly reason: string; readonly message: string }): Promise<void>;
}

export interface DeadLetter {
  readonly id: string;
  readonly reason: string;
  readonly message: string;
  /** As it was sent; text when it could not be read as JSON. */
  readonly body: unknown;
  readonly deadSince: string;
}

export interface QueueDepth {
  readonly visible: number;
  readonly inFlight: number;
  readonly dead: number;
}

/**
 * At least once, in order within a group. Bodies are checked against the queue's schema on receipt: one that does not
 * fit is dead-lettered with the reason `malformed_message` and never delivered.
 * Every method throws TransientError when the queue cannot be reached.
 */
export interface Queue<Body> extends AsyncDisposable {
  /** Resolves when the queue has confirmed every message. On an error any of them may or may not have been sent. */
  send(messages: readonly Message<Body>[]): Promise<void>;

  /** Waits until there is something, and gives at most `max` (1–10) messages; none when aborted or after 20 s. */
  receive(options: { readonly max: number; readonly signal: AbortSignal }): Promise<readonly Delivery<Body>[]>;

  /** Exact on one machine, approximate on SQS. */
  depth(): Promise<QueueDepth>;

  /** At most `limit`, oldest first as far as the queue can tell. They stay where they are. */
  listDead(limit: number): Promise<readonly DeadLetter[]>;

  /** Sends every dead letter back to be tried anew. @returns how many */
  redriveDead(): Promise<number>;

  /** @returns how many were removed */
  purgeDead(): Promise<number>;
}
