import {
  ChangeMessageVisibilityBatchCommand,
  GetQueueAttributesCommand,
  type MessageAttributeValue,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
  type Message as SqsMessage,
} from '@aws-sdk/client-sqs';
import type { Logger } from 'pino';
import type { DeadLetter } from '../../ports/queue.ts';
import { inBatches } from './batches.ts';
import { Deletions } from './deletions.ts';
import { acceptableText, decodeBody, maximumMessageBytes, truncated } from './message-text.ts';
import { sendTexts } from './outbox.ts';

/** Long enough to walk through a batch; if the process dies meanwhile the letters are seen again after it. */
const walkVisibilitySeconds = 30;
const longestFailureBytes = 4_096;
/** Names, types and the short values of the attributes beside the message of a failure. */
const otherAttributesBytes = 1_024;

export interface Failure {
  readonly reason: string;
  readonly message: string;
}

/**
 * The reason given to a message that was received too often without being settled, as happens when it kills its worker.
 */
export const tooManyDeliveries = 'too_many_deliveries';

/**
 * The dead-letter queue of a queue.
 *
 * A dead letter lies in a group of its own and carries its former group as an attribute. SQS shows nothing of a FIFO
 * group while one of its messages is in hand, so letters that shared a group (all pages of a host, say) would hide one
 * another from a listing, which can look only by receiving. Letters that SQS moved itself, by the redrive policy, do
 * share one, and have no reason: the walk gives them both when it meets them.
 */
export class DeadLetters {
  readonly #client: SQSClient;
  readonly #queueUrl: string;
  readonly #deletions: Deletions;

  constructor(options: { readonly client: SQSClient; readonly queueUrl: string; readonly logger: Logger | undefined }) {
    this.#client = options.client;
    this.#queueUrl = options.queueUrl;
    this.#deletions = new Deletions({ ...options, moreToCome: () => true });
  }

  /** Confirmed when it resolves. A repetition for the same message within five minutes changes nothing. */
  async bury(message: SqsMessage, failure: Failure): Promise<void> {
    const body = message.Body ?? '';
    const originalId = message.MessageId ?? '';
    const room = maximumMessageBytes - Buffer.byteLength(body) - otherAttributesBytes;
    const explanation = truncated(acceptableText(failure.message), Math.min(longestFailureBytes, room));
    await this.#client.send(
      new SendMessageCommand({
        QueueUrl: this.#queueUrl,
        MessageBody: body,
        MessageGroupId: originalId,
        MessageDeduplicationId: originalId,
        MessageAttributes: {
          ...stringAttribute('reason', truncated(acceptableText(failure.reason), 256)),
          ...stringAttribute('message', explanation),
          ...stringAttribute('attempt', message.Attributes?.ApproximateReceiveCount ?? ''),
          ...stringAttribute('originalId', originalId),
          ...stringAttribute('group', message.Attributes?.MessageGroupId ?? ''),
        },
      }),
    );
  }

  /** Shows at most `limit`; for about as long as this takes they are hidden from other callers. */
  async list(limit: number): Promise<DeadLetter[]> {
    const held: SqsMessage[] = [];
    try {
      for await (const letters of this.#walk(limit)) held.push(...letters);
    } finally {
      await this.#release(held);
    }
    const unique = new Map(held.map((letter) => [letter.MessageId ?? '', letter]));
    return [...unique.values()].sort(bySequence).slice(0, limit).map(deadLetter);
  }

  /**
   * Sends each letter to `queueUrl` in its former group, then deletes it. Its deduplication id is the same whenever it
   * is sent, so that being killed in between costs a repetition at most.
   */
  async redrive(queueUrl: string): Promise<number> {
    let count = 0;
    for await (const letters of this.#walk(Number.POSITIVE_INFINITY)) {
      await sendTexts(
        this.#client,
        queueUrl,
        letters.map((letter) => ({
          text: letter.Body ?? '',
          group: formerGroup(letter),
          deduplicationId: `redrive-${letter.MessageId}`,
        })),
      );
      await this.#delete(letters);
      count += letters.length;
    }
    return count;
  }

  /** Receives and deletes, because PurgeQueue takes up to a minute, is refused twice a minute and counts nothing. */
  async purge(): Promise<number> {
    let count = 0;
    for await (const letters of this.#walk(Number.POSITIVE_INFINITY)) {
      await this.#delete(letters);
      count += letters.length;
    }
    return count;
  }

  async count(): Promise<number> {
    const { Attributes } = await this.#client.send(
      new GetQueueAttributesCommand({
        QueueUrl: this.#queueUrl,
        AttributeNames: [
          'ApproximateNumberOfMessages',
          'ApproximateNumberOfMessagesDelayed',
          'ApproximateNumberOfMessagesNotVisible',
        ],
      }),
    );
    return Object.values(Attributes ?? {}).reduce((sum, count) => sum + Number(count), 0);
  }

  /**
   * Gives what lay in the queue when it was called, hidden from others for now, and nothing that arrives meanwhile, so
   * that letters which die again while they are redriven do not keep it going for ever. Letters somebody else has in
   * hand are waited for briefly, then left out.
   */
  async *#walk(limit: number): AsyncGenerator<readonly SqsMessage[]> {
    const total = Math.min(limit, await this.count());
    for (let given = 0, emptyAnswers = 0; given < total && emptyAnswers < 2; ) {
      const { Messages = [] } = await this.#client.send(
        new ReceiveMessageCommand({
          QueueUrl: this.#queueUrl,
          MaxNumberOfMessages: Math.min(10, total - given),
          VisibilityTimeout: walkVisibilitySeconds,
          WaitTimeSeconds: 1,
          MessageSystemAttributeNames: ['All'],
          MessageAttributeNames: ['All'],
        }),
      );
      emptyAnswers = Messages.length === 0 ? emptyAnswers + 1 : 0;
      const [unlabelled, letters] = partition(Messages.sort(bySequence));
      await Promise.all(unlabelled.map((letter) => this.#label(letter)));
      given += letters.length;
      if (letters.length > 0) yield letters;
    }
  }

  async #delete(letters: readonly SqsMessage[]): Promise<void> {
    await Promise.all(letters.map(({ ReceiptHandle }) => this.#deletions.delete(ReceiptHandle ?? '')));
  }

  async #label(letter: SqsMessage): Promise<void> {
    await this.bury(letter, {
      reason: tooManyDeliveries,
      message: 'It was received as often as the queue allows and never settled',
    });
    await this.#delete([letter]);
  }

  async #release(letters: readonly SqsMessage[]): Promise<void> {
    await Promise.all(
      inBatches(letters, 10).map((batch) =>
        this.#client.send(
          new ChangeMessageVisibilityBatchCommand({
            QueueUrl: this.#queueUrl,
            Entries: batch.map(({ ReceiptHandle }, index) => ({
              Id: String(index),
              ReceiptHandle,
              VisibilityTimeout: 0,
            })),
          }),
        ),
      ),
    );
  }
}

/** SQS refuses an empty value, so that attribute is left out. */
function stringAttribute(name: string, value: string): Record<string, MessageAttributeValue> {
  return value === '' ? {} : { [name]: { DataType: 'String', StringValue: value } };
}

function attributeOf(letter: SqsMessage, name: string): string | undefined {
  return letter.MessageAttributes?.[name]?.StringValue;
}

/** Those without a reason, which SQS moved itself, and the others. */
function partition(letters: readonly SqsMessage[]): [SqsMessage[], SqsMessage[]] {
  const { unlabelled = [], labelled = [] } = Object.groupBy(letters, (letter) =>
    attributeOf(letter, 'reason') === undefined ? 'unlabelled' : 'labelled',
  );
  return [unlabelled, labelled];
}

function formerGroup(letter: SqsMessage): string {
  return attributeOf(letter, 'group') ?? letter.Attributes?.MessageGroupId ?? letter.MessageId ?? '';
}

/** Sequence numbers are decimal numbers too large for a double. */
function bySequence(left: SqsMessage, right: SqsMessage): number {
  const difference = BigInt(left.Attributes?.SequenceNumber ?? 0) - BigInt(right.Attributes?.SequenceNumber ?? 0);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

function deadLetter(letter: SqsMessage): DeadLetter {
  const text = letter.Body ?? '';
  const body = decodeBody(text);
  return {
    id: letter.MessageId ?? '',
    reason: attributeOf(letter, 'reason') ?? tooManyDeliveries,
    message: attributeOf(letter, 'message') ?? '',
    body: body === undefined ? text : body,
    deadSince: new Date(Number(letter.Attributes?.SentTimestamp ?? 0)).toISOString(),
  };
}
