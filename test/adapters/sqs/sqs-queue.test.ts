import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { ReceiveMessageCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { type EmbeddedQueues, embeddedQueueUrls, startQueues } from '../../../runtime/adapters/sqs/embedded-queues.ts';
import { ensureQueue } from '../../../runtime/adapters/sqs/ensure-queue.ts';
import { openEmbeddedClient } from '../../../runtime/adapters/sqs/sqs-client.ts';
import { SqsQueue } from '../../../runtime/adapters/sqs/sqs-queue.ts';
import { parcel, queueContract } from '../../contracts/queue.contract.ts';

let directory: string;
let queues: EmbeddedQueues;
let nobody: SQSClient;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'twinstream-queues-'));
  queues = await startQueues(directory);
  nobody = openEmbeddedClient(`http://127.0.0.1:${await unusedPort()}`);
});

after(async () => {
  nobody.destroy();
  await queues[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

queueContract('SqsQueue on the embedded server', async (options) => {
  const { client, endpoint } = queues;
  const name = `${randomUUID()}.fifo`;
  await ensureQueue(client, name, { visibilityTimeoutSeconds: 30, maxReceiveCount: 20 });
  const common = { ...embeddedQueueUrls(endpoint, name), schema: parcel, ...options };
  const queue = new SqsQueue({ ...common, client });
  const colleague = new SqsQueue({ ...common, client });
  return {
    queue,
    colleague,
    unreachable: new SqsQueue({ ...common, client: nobody }),
    async sendText(text, group) {
      await client.send(
        new SendMessageCommand({
          QueueUrl: common.queueUrl,
          MessageBody: text,
          MessageGroupId: group,
          MessageDeduplicationId: randomUUID(),
        }),
      );
    },
    async receiveAndDie() {
      await client.send(new ReceiveMessageCommand({ QueueUrl: common.queueUrl, VisibilityTimeout: 1 }));
    },
    async [Symbol.asyncDispose]() {
      await queue[Symbol.asyncDispose]();
      await colleague[Symbol.asyncDispose]();
    },
  };
});

async function unusedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
