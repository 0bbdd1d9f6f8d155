import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Logger } from 'pino';
import { lockHolder, WorkspaceLock } from '../adapters/sqlite/workspace-lock.ts';
import type { EmbeddedQueues } from '../adapters/sqs/embedded-queues.ts';
import { type Change, change } from '../domain/change.ts';
import { type CrawlJob, crawlJob } from '../domain/crawl-job.ts';
import { TransientError } from '../domain/errors.ts';
import type { Queue } from '../ports/queue.ts';
import type { Config, SqsConfig } from './config.ts';

/** The two queues. They are opened when first asked for: who only searches needs neither of them. */
export interface Queues extends AsyncDisposable {
  crawl(): Promise<Queue<CrawlJob>>;
  changes(): Promise<Queue<Change>>;
}

interface QueuesOptions {
  readonly config: Config;
  readonly home: string;
  /** As others are told who holds the workspace. */
  readonly command: string;
  /** Given when this process works on the workspace. */
  readonly lock: WorkspaceLock | undefined;
  readonly logger: Logger;
}

interface OpenQueues {
  readonly crawl: Queue<CrawlJob>;
  readonly changes: Queue<Change>;
}

const visibilityTimeoutSeconds = 60;

/** A laptop is closed, and its workers are killed, more often than a message kills them. */
const embeddedMaxDeliveries = 25;

/** On one machine a crashed worker comes back soon, and its messages with it. */
const embeddedVisibilityTimeoutSeconds = 30;

/** Amazon SQS where the configuration names it, else the queues that lie in the workspace. */
export function queuesFor(options: QueuesOptions): Queues {
  const stack = new AsyncDisposableStack();
  let opened: Promise<OpenQueues> | undefined;
  const open = (): Promise<OpenQueues> => {
    const { queues } = options.config;
    opened ??= queues.kind === 'sqs' ? openSqs(queues, options.logger, stack) : openEmbedded(options, stack);
    return opened;
  };
  return {
    crawl: async () => (await open()).crawl,
    changes: async () => (await open()).changes,
    [Symbol.asyncDispose]: async () => {
      // Whoever asked for the queues was told why they could not be opened.
      await opened?.catch(() => undefined);
      await stack.disposeAsync();
    },
  };
}

async function openSqs(
  { crawlUrl, changeUrl }: SqsConfig,
  logger: Logger,
  stack: AsyncDisposableStack,
): Promise<OpenQueues> {
  const { openSqsClient } = await import('../adapters/sqs/sqs-client.ts');
  const { findDeadLetterQueueUrl } = await import('../adapters/sqs/ensure-queue.ts');
  const { SqsQueue } = await import('../adapters/sqs/sqs-queue.ts');
  const settingsOf = async (queueUrl: string) => {
    const client = stack.adopt(openSqsClient(queueUrl), (each: SQSClient) => each.destroy());
    const deadLetterQueueUrl = await findDeadLetterQueueUrl(client, queueUrl);
    return { client, queueUrl, deadLetterQueueUrl, visibilityTimeoutSeconds, logger };
  };
  return {
    crawl: stack.use(new SqsQueue({ ...(await settingsOf(crawlUrl)), schema: crawlJob })),
    changes: stack.use(new SqsQueue({ ...(await settingsOf(changeUrl)), schema: change })),
  };
}

async function openEmbedded(options: QueuesOptions, stack: AsyncDisposableStack): Promise<OpenQueues> {
  const { SqsQueue } = await import('../adapters/sqs/sqs-queue.ts');
  const served = stack.use(await serveOrConnect(options, stack));
  const common = {
    client: served.client,
    visibilityTimeoutSeconds: embeddedVisibilityTimeoutSeconds,
    maxDeliveries: embeddedMaxDeliveries,
    logger: options.logger,
  };
  return {
    crawl: stack.use(new SqsQueue({ ...common, ...served.crawl, schema: crawlJob })),
    changes: stack.use(new SqsQueue({ ...common, ...served.changes, schema: change })),
  };
}

/** A reader takes the lock for as long as it serves the queues, or uses those of the process that has it. */
async function serveOrConnect(
  { home, command, lock, logger }: QueuesOptions,
  stack: AsyncDisposableStack,
): Promise<EmbeddedQueues> {
  const { connectQueues, startQueues } = await import('../adapters/sqs/embedded-queues.ts');
  const mine = lock ?? (await lockOrEndpoint(home, command));
  if (typeof mine === 'string') return connectQueues(mine);
  if (mine !== lock) stack.use(mine);
  const queues = await startQueues(join(home, 'queues'));
  mine.announceQueues(queues.endpoint);
  logger.debug({ endpoint: queues.endpoint }, 'queues are served');
  return queues;
}

/** The holder of the lock announces its queues a moment after it has it; or it ends, and leaves the lock to others. */
async function lockOrEndpoint(home: string, command: string): Promise<WorkspaceLock | string> {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; await delay(50)) {
    const mine = WorkspaceLock.acquire(home, command);
    if (mine !== undefined) return mine;
    const endpoint = lockHolder(home)?.queueEndpoint;
    if (endpoint !== undefined) return endpoint;
  }
  throw new TransientError(`the process that works on ${home} has not opened its queues yet`);
}
