import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connectQueues, type EmbeddedQueues } from '../../runtime/adapters/sqs/embedded-queues.ts';

/** `refuse`: nothing gets through. `lose answer`: it is done, and nobody hears of it. */
type Trouble = 'none' | 'refuse' | 'lose answer';

/** Stands between a client and the embedded queues, as a network does that can fail. */
export class QueueRelay implements AsyncDisposable {
  /** The queues, seen through the relay. */
  readonly queues: EmbeddedQueues;
  trouble: Trouble = 'none';
  /** Actions of the SQS API that were asked for, in order. */
  readonly asked: string[] = [];
  readonly #server: Server;

  private constructor(server: Server, endpoint: string) {
    this.#server = server;
    this.queues = connectQueues(endpoint);
  }

  static async before(served: EmbeddedQueues): Promise<QueueRelay> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    const relay = new QueueRelay(server, `http://127.0.0.1:${address.port}`);
    server.on('request', async (request, response) => {
      const target = String(request.headers['x-amz-target']);
      const action = target.replace('AmazonSQS.', '');
      relay.asked.push(action);
      const { trouble } = relay;
      if (trouble === 'refuse') return response.destroy();
      try {
        const { status, text } = await passOn(served.endpoint, target, await bodyOf(request));
        if (trouble === 'lose answer') return response.destroy();
        return response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(text);
      } catch (error) {
        return response.destroy(error instanceof Error ? error : undefined);
      }
    });
    return relay;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.queues[Symbol.asyncDispose]();
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  return Buffer.concat(await request.toArray()).toString();
}

async function passOn(endpoint: string, target: string, body: string): Promise<{ status: number; text: string }> {
  const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': target };
  const response = await fetch(endpoint, { method: 'POST', headers, body });
  return { status: response.status, text: await response.text() };
}
