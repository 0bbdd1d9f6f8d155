import type { SQSClient } from '@aws-sdk/client-sqs';
import { serveFauxqs } from './durable-fauxqs.ts';
import { deadLetterQueueName, ensureQueue, type QueueUrls } from './ensure-queue.ts';
import { openEmbeddedClient } from './sqs-client.ts';

const crawlQueue = 'crawl.fifo';
const changeQueue = 'changes.fifo';

/** Above the limit of the adapter, which gives a reason: this one catches what never reaches it. */
const maxReceiveCount = 50;

export interface EmbeddedQueues extends AsyncDisposable {
  /** Where other processes of this machine find them, see `connectQueues`. Another one after each start. */
  readonly endpoint: string;
  readonly client: SQSClient;
  readonly crawl: QueueUrls;
  readonly changes: QueueUrls;
}

/**
 * Serves the queues from `directory` in this process, on loopback only, until disposed of. Whatever a former server on
 * the directory had confirmed is there; what was in hand then is delivered again at once, as its holders are gone.
 * @throws Misconfigured when another process serves this directory, or it cannot be written
 */
export async function startQueues(directory: string): Promise<EmbeddedQueues> {
  const server = await serveFauxqs(directory);
  const queues = connectQueues(server.endpoint);
  for (const name of [crawlQueue, changeQueue]) {
    await ensureQueue(queues.client, name, { visibilityTimeoutSeconds: 60, maxReceiveCount });
  }
  return {
    ...queues,
    async [Symbol.asyncDispose]() {
      await queues[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** The queues another process of this machine serves at `endpoint`. Nothing is asked of it yet. */
export function connectQueues(endpoint: string): EmbeddedQueues {
  const client = openEmbeddedClient(endpoint);
  return {
    endpoint,
    client,
    crawl: embeddedQueueUrls(endpoint, crawlQueue),
    changes: embeddedQueueUrls(endpoint, changeQueue),
    async [Symbol.asyncDispose]() {
      client.destroy();
    },
  };
}

/** The server remembers the port a queue was created at, so its own answer would be wrong after a restart. */
export function embeddedQueueUrls(endpoint: string, name: string): QueueUrls {
  return {
    queueUrl: `${endpoint}/000000000000/${name}`,
    deadLetterQueueUrl: `${endpoint}/000000000000/${deadLetterQueueName(name)}`,
  };
}
