import { setTimeout as delay } from 'node:timers/promises';
import { SendMessageBatchCommand, type SendMessageBatchRequestEntry, type SQSClient } from '@aws-sdk/client-sqs';
import { RejectedInput, TransientError } from '../../domain/errors.ts';
import type { Message } from '../../ports/queue.ts';
import { encodeBody, maximumBodyBytes, maximumMessageBytes } from './message-text.ts';
import { translated } from './sqs-errors.ts';

const batchSize = 10;
const concurrentBatches = 4;
const attempts = 4;

/** A message whose body is text already. */
export interface Outgoing {
  readonly text: string;
  readonly group: string;
  readonly deduplicationId: string;
}

/**
 * @throws RejectedInput `message_too_large` before anything is sent, and what `sendTexts` throws
 */
export async function sendAll(
  client: SQSClient,
  queueUrl: string,
  messages: readonly Message<unknown>[],
): Promise<void> {
  await sendTexts(client, queueUrl, messages.map(outgoing));
}

/**
 * Sends messages in batches of at most ten and 1 MiB, several at a time. Messages of one group travel in one lane, one
 * batch after the other, so that they arrive in the order given. (SQS itself may fail one entry of a batch and take the
 * next; such an entry is sent again, behind those that were taken.)
 * @throws RejectedInput `message_refused` when SQS says that a message is at fault
 * @throws TransientError naming how many were not confirmed
 */
export async function sendTexts(client: SQSClient, queueUrl: string, messages: readonly Outgoing[]): Promise<void> {
  const lanes = lanesOf(messages);
  const failures: unknown[] = [];
  let unconfirmed = 0;
  await Promise.all(
    lanes.map(async (lane) => {
      let confirmed = 0;
      try {
        for (const batch of batchesOf(lane)) {
          await sendBatch(client, queueUrl, batch);
          confirmed += batch.length;
        }
      } catch (error) {
        unconfirmed += lane.length - confirmed;
        failures.push(error);
      }
    }),
  );
  if (unconfirmed === 0) return;
  const failure = translated(failures[0], `send to ${queueUrl}`);
  if (!(failure instanceof TransientError)) throw failure;
  throw new TransientError(`${unconfirmed} of ${messages.length} messages were not confirmed. ${failure.message}`, {
    cause: failure,
  });
}

function outgoing({ body, group, deduplicationId }: Message<unknown>): Outgoing {
  const text = encodeBody(body);
  const bytes = Buffer.byteLength(text);
  if (bytes > maximumBodyBytes) {
    throw new RejectedInput(
      'message_too_large',
      `A message of ${bytes} bytes was not sent; a queue takes ${maximumBodyBytes}`,
    );
  }
  return { text, group, deduplicationId };
}

/** No more lanes than full batches, so that few messages are not scattered over several requests. */
function lanesOf(messages: readonly Outgoing[]): Outgoing[][] {
  const count = Math.min(concurrentBatches, Math.ceil(messages.length / batchSize));
  const lanes = Array.from({ length: count }, (): Outgoing[] => []);
  for (const ofGroup of Map.groupBy(messages, ({ group }) => group).values()) {
    const shortest = lanes.reduce((left, right) => (right.length < left.length ? right : left));
    for (const message of ofGroup) shortest.push(message);
  }
  return lanes;
}

function* batchesOf(lane: readonly Outgoing[]): Generator<Outgoing[]> {
  let batch: Outgoing[] = [];
  let bytes = 0;
  for (const message of lane) {
    const messageBytes = Buffer.byteLength(message.text);
    if (batch.length === batchSize || (batch.length > 0 && bytes + messageBytes > maximumMessageBytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(message);
    bytes += messageBytes;
  }
  if (batch.length > 0) yield batch;
}

async function sendBatch(client: SQSClient, queueUrl: string, batch: readonly Outgoing[]): Promise<void> {
  let entries: SendMessageBatchRequestEntry[] = batch.map(({ text, group, deduplicationId }, index) => ({
    Id: String(index),
    MessageBody: text,
    MessageGroupId: group,
    MessageDeduplicationId: deduplicationId,
  }));
  for (let attempt = 1; entries.length > 0; attempt += 1) {
    if (attempt > attempts) throw new TransientError(`${entries.length} entries of a batch failed ${attempts} times`);
    if (attempt > 1) await delay(50 * 2 ** attempt);
    const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: entries }));
    const refused = Failed.find(({ SenderFault }) => SenderFault);
    if (refused !== undefined) {
      throw new RejectedInput('message_refused', `The queue refused a message: ${refused.Message ?? refused.Code}`);
    }
    const failed = new Set(Failed.map(({ Id }) => Id));
    entries = entries.filter(({ Id }) => failed.has(Id));
  }
}
