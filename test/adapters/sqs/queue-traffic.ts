import { writeSync } from 'node:fs';
import { startQueues } from '../../../runtime/adapters/sqs/embedded-queues.ts';
import { SqsQueue } from '../../../runtime/adapters/sqs/sqs-queue.ts';
import { parcel } from '../../contracts/queue.contract.ts';

/**
 * A process made to be killed: it serves the queues in the directory named first, sends and receives without end, and
 * writes a line for everything that was confirmed to it, by the time it knows.
 */
const [directory = '', life = ''] = process.argv.slice(2);
const { client, changes } = await startQueues(directory);
const queue = new SqsQueue({ client, ...changes, schema: parcel, visibilityTimeoutSeconds: 30 });

function say(event: string, texts: readonly string[]): void {
  writeSync(1, texts.map((text) => `${event} ${text}\n`).join(''));
}

async function send(sender: number): Promise<never> {
  for (let round = 0; ; round += 1) {
    const texts = Array.from({ length: 12 }, (_, index) => `${life}-${sender}-${round}-${index}`);
    await queue.send(
      texts.map((text) => ({ body: { version: 1, text }, group: text.replace(/-\d+$/, ''), deduplicationId: text })),
    );
    say('sent', texts);
  }
}

async function receive(): Promise<never> {
  for (;;) {
    const deliveries = await queue.receive({ max: 5, signal: new AbortController().signal });
    await Promise.all(
      deliveries.map(async (delivery) => {
        say('deleting', [delivery.body.text]);
        await delivery.acknowledge();
        say('deleted', [delivery.body.text]);
      }),
    );
  }
}

await Promise.all([send(1), send(2), receive()]);
