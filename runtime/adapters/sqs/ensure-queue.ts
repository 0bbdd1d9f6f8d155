import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  QueueDoesNotExist,
  SetQueueAttributesCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { Misconfigured } from '../../domain/errors.ts';
import { maximumMessageBytes } from './message-text.ts';
import { translated } from './sqs-errors.ts';

/** The longest SQS keeps a message: fourteen days. */
const retentionSeconds = 14 * 24 * 60 * 60;

interface QueueSettings {
  /** For receivers that name none; the adapter always does. */
  readonly visibilityTimeoutSeconds: number;
  /** SQS itself moves a message to the dead-letter queue when it was received more often. */
  readonly maxReceiveCount: number;
}

export interface QueueUrls {
  readonly queueUrl: string;
  readonly deadLetterQueueUrl: string;
}

/** `crawl.fifo` has its dead letters in `crawl-dead.fifo`. */
export function deadLetterQueueName(name: string): string {
  return name.replace(/\.fifo$/, '-dead.fifo');
}

/**
 * Creates the FIFO queue `name`, which ends in `.fifo`, and its dead-letter queue, or brings their settings up to date.
 * Messages that are there already stay.
 * @throws Misconfigured without the permission to do so, TransientError when the server cannot be reached
 */
export async function ensureQueue(client: SQSClient, name: string, settings: QueueSettings): Promise<QueueUrls> {
  try {
    const common = {
      MessageRetentionPeriod: String(retentionSeconds),
      MaximumMessageSize: String(maximumMessageBytes),
      VisibilityTimeout: String(settings.visibilityTimeoutSeconds),
    };
    const deadLetterQueueUrl = await ensureOne(client, deadLetterQueueName(name), common);
    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl: deadLetterQueueUrl, AttributeNames: ['QueueArn'] }),
    );
    const deadLetterTargetArn = Attributes?.QueueArn;
    const queueUrl = await ensureOne(client, name, {
      ...common,
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: settings.maxReceiveCount }),
    });
    return { queueUrl, deadLetterQueueUrl };
  } catch (error) {
    throw translated(error, `create the queue ${name}`);
  }
}

/**
 * Where the dead letters of an existing queue go, by its redrive policy.
 * @throws Misconfigured when it has none
 */
export async function findDeadLetterQueueUrl(client: SQSClient, queueUrl: string): Promise<string> {
  try {
    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['RedrivePolicy'] }),
    );
    const name = /"deadLetterTargetArn"\s*:\s*"[^"]*:([^":]+)"/.exec(Attributes?.RedrivePolicy ?? '')?.[1];
    if (name === undefined) {
      throw new Misconfigured(`The queue ${queueUrl} has no redrive policy, so there is nowhere to put dead letters`);
    }
    const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: name }));
    if (QueueUrl === undefined)
      throw new Misconfigured(`There is no queue ${name} for the dead letters of ${queueUrl}`);
    return QueueUrl;
  } catch (error) {
    throw translated(error, `find the dead-letter queue of ${queueUrl}`);
  }
}

async function ensureOne(client: SQSClient, name: string, attributes: Record<string, string>): Promise<string> {
  // CreateQueue refuses a queue that exists with other settings, so it is asked for only when there is none.
  const existing = await urlOf(client, name);
  if (existing !== undefined) {
    await client.send(new SetQueueAttributesCommand({ QueueUrl: existing, Attributes: attributes }));
    return existing;
  }
  const { QueueUrl = '' } = await client.send(
    new CreateQueueCommand({
      QueueName: name,
      Attributes: { ...attributes, FifoQueue: 'true' },
    }),
  );
  return QueueUrl;
}

async function urlOf(client: SQSClient, name: string): Promise<string | undefined> {
  try {
    const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: name }));
    return QueueUrl;
  } catch (error) {
    if (error instanceof QueueDoesNotExist) return undefined;
    throw error;
  }
}
