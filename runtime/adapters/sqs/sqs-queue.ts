import { randomUUID } from 'node:crypto';
import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  type SQSClient,
  type Message as SqsMessage,
} from '@aws-sdk/client-sqs';
import type { Logger } from 'pino';
import type * as z from 'zod';
import { messageOf } from '../../domain/errors.ts';
import type { DeadLetter, Delivery, Message, Queue, QueueDepth } from '../../ports/queue.ts';
import { inBatches } from './batches.ts';
import { DeadLetters, type Failure, tooManyDeliveries } from './dead-letters.ts';
import { Deletions } from './deletions.ts';
import { decodeBody } from './message-text.ts';
import { sendAll } from './outbox.ts';
import { SqsDelivery } from './sqs-delivery.ts';
import { translated } from './sqs-errors.ts';
import { VisibilityHeartbeat } from './visibility-heartbeat.ts';

/** The longest SQS lets a receiver wait. */
const longestWaitSeconds = 20;

interface SqsQueueOptions<Body> {
  /** Stays the caller's to destroy. */
  readonly client: SQSClient;
  readonly queueUrl: string;
  readonly deadLetterQueueUrl: string;
  /** What does not fit is dead-lettered on receipt. */
  readonly schema: z.ZodType<Body>;
  /** How soon a message is delivered again after its receiver has died. */
  readonly visibilityTimeoutSeconds: number;
  /**
   * A message received more often than this without being settled is dead-lettered on receipt. Keep it below the
   * `maxReceiveCount` of the queue's redrive policy, which moves messages without a reason. 10 unless given.
   */
  readonly maxDeliveries?: number;
  readonly logger?: Logger;
}

/** A FIFO queue behind the API of Amazon SQS: the real one, the embedded one, or any compatible server. */
export class SqsQueue<Body> implements Queue<Body> {
  readonly #client: SQSClient;
  readonly #queueUrl: string;
  readonly #schema: z.ZodType<Body>;
  readonly #visibilityTimeoutSeconds: number;
  readonly #maxDeliveries: number;
  readonly #logger: Logger | undefined;
  readonly #deletions: Deletions;
  readonly #deadLetters: DeadLetters;
  readonly #heartbeat: VisibilityHeartbeat;

  constructor(options: SqsQueueOptions<Body>) {
    const { client, queueUrl, visibilityTimeoutSeconds, logger } = options;
    this.#client = client;
    this.#queueUrl = queueUrl;
    this.#schema = options.schema;
    this.#visibilityTimeoutSeconds = visibilityTimeoutSeconds;
    this.#maxDeliveries = options.maxDeliveries ?? 10;
    this.#logger = logger;
    this.#deadLetters = new DeadLetters({ client, queueUrl: options.deadLetterQueueUrl, logger });
    this.#heartbeat = new VisibilityHeartbeat({ client, queueUrl, visibilityTimeoutSeconds, logger });
    this.#deletions = new Deletions({ client, queueUrl, logger, moreToCome: () => this.#heartbeat.held.length > 0 });
  }

  async send(messages: readonly Message<Body>[]): Promise<void> {
    await sendAll(this.#client, this.#queueUrl, messages);
  }

  async receive(options: { readonly max: number; readonly signal: AbortSignal }): Promise<readonly Delivery<Body>[]> {
    const { max, signal } = options;
    const until = Date.now() + longestWaitSeconds * 1000;
    // A server may answer with nothing before the time is up, and everything in an answer may be malformed.
    for (let wait = longestWaitSeconds; wait > 0 && !signal.aborted; wait = Math.floor((until - Date.now()) / 1000)) {
      const messages = await this.#poll(max, wait, signal);
      if (signal.aborted) {
        await this.#giveBack(messages.map(({ ReceiptHandle }) => ReceiptHandle ?? ''));
        break;
      }
      const deliveries = (await Promise.all(messages.map((message) => this.#admit(message)))).filter(
        (delivery) => delivery !== undefined,
      );
      if (deliveries.length > 0) return deliveries;
    }
    return [];
  }

  depth(): Promise<QueueDepth> {
    return this.#translating('read the depth of', async () => {
      const [{ Attributes = {} }, dead] = await Promise.all([
        this.#client.send(
          new GetQueueAttributesCommand({
            QueueUrl: this.#queueUrl,
            AttributeNames: [
              'ApproximateNumberOfMessages',
              'ApproximateNumberOfMessagesDelayed',
              'ApproximateNumberOfMessagesNotVisible',
            ],
          }),
        ),
        this.#deadLetters.count(),
      ]);
      const {
        ApproximateNumberOfMessages: ready = 0,
        ApproximateNumberOfMessagesDelayed: delayed = 0,
        ApproximateNumberOfMessagesNotVisible: inFlight = 0,
      } = Attributes;
      return { visible: Number(ready) + Number(delayed), inFlight: Number(inFlight), dead };
    });
  }

  listDead(limit: number): Promise<readonly DeadLetter[]> {
    return this.#translating('list the dead letters of', () => this.#deadLetters.list(limit));
  }

  redriveDead(): Promise<number> {
    return this.#translating('redrive the dead letters of', () => this.#deadLetters.redrive(this.#queueUrl));
  }

  purgeDead(): Promise<number> {
    return this.#translating('purge the dead letters of', () => this.#deadLetters.purge());
  }

  /** Gives back what is still in hand. */
  async [Symbol.asyncDispose](): Promise<void> {
    const held = this.#heartbeat.held;
    await Promise.all(held.map((receiptHandle) => this.#heartbeat.release(receiptHandle)));
    await this.#giveBack(held);
  }

  async #poll(max: number, waitSeconds: number, signal: AbortSignal): Promise<readonly SqsMessage[]> {
    try {
      const { Messages = [] } = await this.#client.send(
        new ReceiveMessageCommand({
          QueueUrl: this.#queueUrl,
          MaxNumberOfMessages: max,
          VisibilityTimeout: this.#visibilityTimeoutSeconds,
          WaitTimeSeconds: waitSeconds,
          MessageSystemAttributeNames: ['ApproximateReceiveCount', 'MessageGroupId'],
          // When the SDK repeats a request whose answer was lost, SQS gives the same messages again.
          ReceiveRequestAttemptId: randomUUID(),
        }),
        { abortSignal: signal },
      );
      return Messages;
    } catch (error) {
      if (signal.aborted) return [];
      throw translated(error, `receive from ${this.#queueUrl}`);
    }
  }

  /** @returns undefined when the message was dead-lettered instead */
  async #admit(message: SqsMessage): Promise<Delivery<Body> | undefined> {
    const receiptHandle = message.ReceiptHandle ?? '';
    const attempt = Number(message.Attributes?.ApproximateReceiveCount ?? 1);
    if (attempt > this.#maxDeliveries) {
      await this.#discard(message, {
        reason: tooManyDeliveries,
        message: `It was received ${attempt - 1} times and never settled; it may be killing its workers`,
      });
      return undefined;
    }
    const parsed = this.#schema.safeParse(decodeBody(message.Body ?? ''));
    if (!parsed.success) {
      await this.#discard(message, { reason: 'malformed_message', message: parsed.error.message });
      return undefined;
    }
    this.#heartbeat.hold(receiptHandle);
    return new SqsDelivery(parsed.data, attempt, {
      release: () => this.#heartbeat.release(receiptHandle),
      remove: () => this.#deletions.delete(receiptHandle),
      hide: (seconds) => this.#hide(receiptHandle, seconds),
      bury: (failure) => this.#bury(message, failure),
    });
  }

  /** A failure is not the receiver's: the message comes again after its visibility timeout and is tried anew. */
  async #discard(message: SqsMessage, failure: Failure): Promise<void> {
    try {
      await this.#bury(message, failure);
      this.#logger?.warn({ queueUrl: this.#queueUrl, id: message.MessageId, reason: failure.reason }, 'Dead-lettered');
    } catch (error) {
      this.#logger?.warn({ queueUrl: this.#queueUrl, error: messageOf(error) }, 'A message could not be dead-lettered');
    }
  }

  async #bury(message: SqsMessage, failure: Failure): Promise<void> {
    await this.#translating('dead-letter a message of', () => this.#deadLetters.bury(message, failure));
    await this.#deletions.delete(message.ReceiptHandle ?? '');
  }

  async #hide(receiptHandle: string, seconds: number): Promise<void> {
    try {
      await this.#client.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: this.#queueUrl,
          ReceiptHandle: receiptHandle,
          VisibilityTimeout: seconds,
        }),
      );
    } catch (error) {
      // It has gone back by itself already, which is all that was wanted.
      if (error instanceof Error && gone.has(error.name)) return;
      throw translated(error, `give a message back to ${this.#queueUrl}`);
    }
  }

  /** Best effort: what cannot be given back now comes back after its visibility timeout. */
  async #giveBack(receiptHandles: readonly string[]): Promise<void> {
    try {
      await Promise.all(
        inBatches(receiptHandles, 10).map((batch) =>
          this.#client.send(
            new ChangeMessageVisibilityBatchCommand({
              QueueUrl: this.#queueUrl,
              Entries: batch.map((ReceiptHandle, index) => ({
                Id: String(index),
                ReceiptHandle,
                VisibilityTimeout: 0,
              })),
            }),
          ),
        ),
      );
    } catch (error) {
      this.#logger?.warn({ queueUrl: this.#queueUrl, error: messageOf(error) }, 'Messages could not be given back');
    }
  }

  async #translating<Result>(doing: string, action: () => Promise<Result>): Promise<Result> {
    try {
      return await action();
    } catch (error) {
      throw translated(error, `${doing} ${this.#queueUrl}`);
    }
  }
}

const gone: ReadonlySet<string> = new Set(['MessageNotInflight', 'ReceiptHandleIsInvalid', 'InvalidParameterValue']);
