import { pino } from 'pino';
import * as z from 'zod';
import { type EmbeddedQueues, startQueues } from '../../runtime/adapters/sqs/embedded-queues.ts';
import { SqsQueue } from '../../runtime/adapters/sqs/sqs-queue.ts';
import { TemporaryFolder } from '../entry/twin.ts';

export const silent = pino({ level: 'silent' });

export const task = z.object({ version: z.literal(1), name: z.string(), key: z.string() });
export type Task = z.infer<typeof task>;

/** A real queue in a folder of its own, through the real client. */
export class TestQueue implements AsyncDisposable {
  readonly queue: SqsQueue<Task>;
  readonly #folder: TemporaryFolder;
  readonly #served: EmbeddedQueues;

  private constructor(folder: TemporaryFolder, served: EmbeddedQueues) {
    this.#folder = folder;
    this.#served = served;
    this.queue = new SqsQueue({
      client: served.client,
      ...served.crawl,
      schema: task,
      visibilityTimeoutSeconds: 30,
      logger: silent,
    });
  }

  static async start(): Promise<TestQueue> {
    const folder = await TemporaryFolder.create();
    return new TestQueue(folder, await startQueues(folder.path));
  }

  /** @param key of the FIFO group as well */
  async send(...tasks: readonly (readonly [name: string, key: string])[]): Promise<void> {
    await this.queue.send(
      tasks.map(([name, key]) => ({ body: { version: 1, name, key }, group: key, deduplicationId: name })),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.queue[Symbol.asyncDispose]();
    await this.#served[Symbol.asyncDispose]();
    await this.#folder[Symbol.asyncDispose]();
  }
}
