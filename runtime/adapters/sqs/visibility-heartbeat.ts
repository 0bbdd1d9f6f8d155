import { ChangeMessageVisibilityBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Logger } from 'pino';
import { messageOf } from '../../domain/errors.ts';
import { inBatches } from './batches.ts';

/** SQS hides a message for at most twelve hours after it was received, however often that is extended. */
const longestHoldMs = 12 * 60 * 60 * 1000;

interface VisibilityHeartbeatOptions {
  readonly client: SQSClient;
  readonly queueUrl: string;
  readonly visibilityTimeoutSeconds: number;
  readonly logger: Logger | undefined;
}

/**
 * Keeps what is in hand invisible to others: at every third of the visibility timeout each held message is hidden for
 * a whole timeout again, so that one beat may fail and the next still comes in time.
 */
export class VisibilityHeartbeat {
  readonly #options: VisibilityHeartbeatOptions;
  /** Receipt handle → when it was received. */
  readonly #held = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #beat: Promise<void> | undefined;

  constructor(options: VisibilityHeartbeatOptions) {
    this.#options = options;
  }

  get held(): readonly string[] {
    return [...this.#held.keys()];
  }

  hold(receiptHandle: string): void {
    this.#held.set(receiptHandle, Date.now());
    this.#timer ??= setInterval(
      () => {
        this.#beat ??= this.#extendAll().finally(() => {
          this.#beat = undefined;
        });
      },
      (this.#options.visibilityTimeoutSeconds * 1000) / 3,
    ).unref();
  }

  /** Resolves when no extension is under way any more that could undo what the caller does to the message next. */
  async release(receiptHandle: string): Promise<void> {
    this.#held.delete(receiptHandle);
    if (this.#held.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
    await this.#beat;
  }

  async #extendAll(): Promise<void> {
    await Promise.all(inBatches(this.held, 10).map((receiptHandles) => this.#extend(receiptHandles)));
  }

  async #extend(receiptHandles: readonly string[]): Promise<void> {
    const { client, queueUrl, visibilityTimeoutSeconds, logger } = this.#options;
    const now = Date.now();
    const entries = receiptHandles.flatMap((receiptHandle, index) => {
      const secondsLeft = Math.floor(((this.#held.get(receiptHandle) ?? 0) + longestHoldMs - now) / 1000);
      const seconds = Math.min(visibilityTimeoutSeconds, secondsLeft);
      return seconds < 1 ? [] : [{ Id: String(index), ReceiptHandle: receiptHandle, VisibilityTimeout: seconds }];
    });
    if (entries.length === 0) return;
    try {
      const { Failed = [] } = await client.send(
        new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries: entries }),
      );
      for (const failure of Failed) {
        const receiptHandle = receiptHandles[Number(failure.Id)];
        // A message that was settled meanwhile is gone by right; a fault of the service is tried at the next beat.
        if (!failure.SenderFault || receiptHandle === undefined || !this.#held.has(receiptHandle)) continue;
        this.#held.delete(receiptHandle);
        logger?.warn({ queueUrl, code: failure.Code }, 'A message in hand could not be held and will be redelivered');
      }
    } catch (error) {
      logger?.warn(
        { queueUrl, error: messageOf(error) },
        'Messages in hand could not be held; the next beat tries again',
      );
    }
  }
}
