import { setTimeout as delay } from 'node:timers/promises';
import { DeleteMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Logger } from 'pino';
import { TransientError } from '../../domain/errors.ts';
import { translated } from './sqs-errors.ts';

/** How long a deletion waits for others to share its request. Its FIFO group is blocked meanwhile. */
const gatheringMs = 25;
const batchSize = 10;
const attempts = 3;

interface Deletion {
  readonly receiptHandle: string;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

interface DeletionsOptions {
  readonly client: SQSClient;
  readonly queueUrl: string;
  readonly logger: Logger | undefined;
  /** Whether messages are still being worked on, whose deletion may soon be asked for too. */
  readonly moreToCome: () => boolean;
}

/** Deletes messages, up to ten in a request: those asked for within a few milliseconds go together. */
export class Deletions {
  readonly #client: SQSClient;
  readonly #queueUrl: string;
  readonly #logger: Logger | undefined;
  readonly #moreToCome: () => boolean;
  #waiting: Deletion[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(options: DeletionsOptions) {
    this.#moreToCome = options.moreToCome;
    this.#client = options.client;
    this.#queueUrl = options.queueUrl;
    this.#logger = options.logger;
  }

  /**
   * Resolves when the queue has confirmed the deletion, and also when it says that the receipt handle has expired:
   * then the message is, or soon will be, in other hands, and only they can settle it.
   */
  delete(receiptHandle: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ receiptHandle, resolve, reject });
    if (this.#waiting.length >= batchSize || !this.#moreToCome()) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), gatheringMs);
    return promise;
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const deletions = this.#waiting;
    this.#waiting = [];
    void this.#deleteBatch(deletions);
  }

  async #deleteBatch(deletions: readonly Deletion[]): Promise<void> {
    let remaining = deletions;
    try {
      for (let attempt = 1; remaining.length > 0; attempt += 1) {
        if (attempt > attempts) throw new TransientError(`${remaining.length} messages could not be deleted`);
        if (attempt > 1) await delay(100 * attempt);
        remaining = await this.#deleteOnce(remaining);
      }
    } catch (error) {
      const failure = translated(error, `delete from ${this.#queueUrl}`);
      for (const deletion of remaining) deletion.reject(failure);
    }
  }

  /** @returns those to be tried again */
  async #deleteOnce(deletions: readonly Deletion[]): Promise<Deletion[]> {
    const { Failed = [] } = await this.#client.send(
      new DeleteMessageBatchCommand({
        QueueUrl: this.#queueUrl,
        Entries: deletions.map(({ receiptHandle }, index) => ({ Id: String(index), ReceiptHandle: receiptHandle })),
      }),
    );
    const failures = new Map(Failed.map((failure) => [failure.Id, failure]));
    return deletions.filter((deletion, index) => {
      const failure = failures.get(String(index));
      if (failure !== undefined && !failure.SenderFault) return true;
      if (failure !== undefined) {
        this.#logger?.warn(
          { queueUrl: this.#queueUrl, code: failure.Code },
          'A message was settled too late and will be redelivered',
        );
      }
      deletion.resolve();
      return false;
    });
  }
}
