/**
 * The class of an error tells a worker what to do with what it holds; nothing is ever decided by a message text.
 * Every class keeps the error it came from as `cause`.
 */

/** It may work later: the message is tried again, not before `retryAfterMs` when the other side named a time. */
export class TransientError extends Error {
  override readonly name = 'TransientError';
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: { cause?: unknown; retryAfterMs?: number | undefined } = {}) {
    super(message, { cause: options.cause });
    this.retryAfterMs = options.retryAfterMs;
  }
}

/**
 * This input will never work: it goes to the dead-letter queue with `reason`, a stable snake_case code that programs
 * and metrics can count, and a message that says what was wrong and what is accepted.
 */
export class RejectedInput extends Error {
  override readonly name = 'RejectedInput';
  readonly reason: string;

  constructor(reason: string, message: string, options: { cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.reason = reason;
  }
}

/** The change feed no longer holds what follows the saved position: the collections must be scanned again. */
export class PositionLost extends Error {
  override readonly name = 'PositionLost';

  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, { cause: options.cause });
  }
}

/** The process cannot do its work until a person changes something; the message says what. */
export class Misconfigured extends Error {
  override readonly name = 'Misconfigured';

  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, { cause: options.cause });
  }
}

/** What may be shown or logged of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
