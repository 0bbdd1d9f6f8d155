import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { type EmbeddedQueues, embeddedQueueUrls, startQueues } from '../../../runtime/adapters/sqs/embedded-queues.ts';
import { ensureQueue } from '../../../runtime/adapters/sqs/ensure-queue.ts';
import { openEmbeddedClient, openSqsClient } from '../../../runtime/adapters/sqs/sqs-client.ts';
import { SqsQueue } from '../../../runtime/adapters/sqs/sqs-queue.ts';
import { Misconfigured, RejectedInput, TransientError } from '../../../runtime/domain/errors.ts';
import { type Parcel, parcel } from '../../contracts/queue.contract.ts';

/** What the service says instead of doing what it was asked, in the AWS JSON protocol; undefined lets it do it. */
type Interference = (action: string, request: unknown) => { status: number; body: unknown } | undefined;

let directory: string;
let queues: EmbeddedQueues;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'twinstream-queues-'));
  queues = await startQueues(directory);
});

after(async () => {
  await queues[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

describe('A queue whose service fails', { concurrency: true }, () => {
  const errors: [status: number, code: string, expected: typeof TransientError | typeof Misconfigured][] = [
    [403, 'AccessDenied', Misconfigured],
    [403, 'InvalidClientTokenId', Misconfigured],
    [400, 'QueueDoesNotExist', Misconfigured],
    [400, 'RequestThrottled', TransientError],
    [503, 'ServiceUnavailable', TransientError],
    [500, 'InternalFailure', TransientError],
  ];
  for (const [status, code, expected] of errors) {
    it(`answers ${code} with ${expected.name}`, async (test) => {
      const queue = await queueBehind(test, () => ({
        status,
        body: { __type: `com.amazonaws.sqs#${code}`, message: '' },
      }));
      await assert.rejects(queue.depth(), (error) => error instanceof expected && error.cause instanceof Error);
      await assert.rejects(queue.send([message('a')]), expected);
    });
  }

  it('sends the entries of a batch again that failed, and only those', async (test) => {
    let failures = 0;
    const queue = await queueBehind(test, (action, request) => {
      if (action !== 'SendMessageBatch' || failures > 0) return undefined;
      failures += 1;
      return { status: 200, body: failed(request, false) };
    });
    await queue.send([message('a'), message('b')]);
    assert.deepEqual({ failures, visible: (await queue.depth()).visible }, { failures: 1, visible: 2 });
  });

  it('says how many messages were not confirmed', async (test) => {
    const queue = await queueBehind(test, (action, request) =>
      action === 'SendMessageBatch' ? { status: 200, body: failed(request, false) } : undefined,
    );
    const sending = queue.send(Array.from({ length: 25 }, (_, index) => message(`${index}`)));
    await assert.rejects(sending, (error) => error instanceof TransientError && error.message.startsWith('25 of 25 '));
  });

  it('rejects a message the service says is at fault', async (test) => {
    const queue = await queueBehind(test, (_action, request) => ({ status: 200, body: failed(request, true) }));
    await assert.rejects(
      queue.send([message('a')]),
      (error) => error instanceof RejectedInput && error.reason === 'message_refused',
    );
  });

  it('acknowledges at the second try, and says when it could not', async (test) => {
    let refusals = 1;
    const queue = await queueBehind(test, (action, request) => {
      if (action !== 'DeleteMessageBatch' || refusals === 0) return undefined;
      refusals -= 1;
      return { status: 200, body: failed(request, false) };
    });
    await queue.send([message('a'), message('b')]);
    const [first, second] = await queue.receive({ max: 2, signal: AbortSignal.timeout(5_000) });
    await first?.acknowledge();
    assert.equal((await queue.depth()).inFlight, 1);
    refusals = Number.POSITIVE_INFINITY;
    await assert.rejects(async () => second?.acknowledge(), TransientError);
    refusals = 0;
    await second?.acknowledge();
    assert.equal((await queue.depth()).inFlight, 0);
  });

  it('keeps a message in hand although one heartbeat in between fails', async (test) => {
    let beats = 0;
    const queue = await queueBehind(
      test,
      (action) => {
        // The client itself tries a beat three times.
        if (action !== 'ChangeMessageVisibilityBatch' || ++beats > 3) return undefined;
        return { status: 500, body: { __type: 'com.amazonaws.sqs#InternalFailure', message: '' } };
      },
      3,
    );
    await queue.send([message('slow')]);
    const [delivery] = await queue.receive({ max: 1, signal: AbortSignal.timeout(5_000) });
    assert.deepEqual(await queue.receive({ max: 1, signal: AbortSignal.timeout(3_700) }), []);
    assert.ok(beats > 3);
    await delivery?.acknowledge();
  });

  it('takes the region from the address of a real queue, and anything else for an endpoint', async () => {
    const real = openSqsClient('https://sqs.eu-north-1.amazonaws.com/123456789012/crawl.fifo');
    assert.equal(await real.config.region(), 'eu-north-1');
    assert.equal(real.config.endpoint, undefined);
    const compatible = openSqsClient('http://127.0.0.1:9324/000000000000/crawl.fifo');
    const { hostname, port } = (await compatible.config.endpoint?.()) ?? {};
    assert.deepEqual({ hostname, port }, { hostname: '127.0.0.1', port: 9324 });
  });
});

/** A queue on the embedded server, seen through a server that does what it does unless interfered with. */
async function queueBehind(
  test: TestContext,
  interference: Interference,
  visibilityTimeoutSeconds = 30,
): Promise<SqsQueue<Parcel>> {
  const name = `${randomUUID()}.fifo`;
  await ensureQueue(queues.client, name, { visibilityTimeoutSeconds: 30, maxReceiveCount: 20 });
  const server = createServer(async (request, response) => {
    const text = await textOf(request);
    const action = String(request.headers['x-amz-target']).replace('AmazonSQS.', '');
    const hangingUp = new AbortController();
    response.once('close', () => hangingUp.abort());
    try {
      const answer =
        interference(action, JSON.parse(text)) ?? (await forwarded(queues.endpoint, request, text, hangingUp.signal));
      response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify(answer.body));
    } catch (error) {
      response.destroy(error instanceof Error ? error : undefined);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const endpoint = `http://127.0.0.1:${address.port}`;
  const client = openEmbeddedClient(endpoint);
  test.after(() => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  });
  return new SqsQueue({ client, ...embeddedQueueUrls(endpoint, name), schema: parcel, visibilityTimeoutSeconds });
}

async function textOf(request: IncomingMessage): Promise<string> {
  return Buffer.concat(await request.toArray()).toString();
}

async function forwarded(endpoint: string, { headers }: IncomingMessage, body: string, signal: AbortSignal) {
  const target = String(headers['x-amz-target']);
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': target },
    body,
    signal,
  });
  return { status: response.status, body: await response.json() };
}

function failed(request: unknown, SenderFault: boolean): unknown {
  assert.ok(typeof request === 'object' && request !== null && 'Entries' in request && Array.isArray(request.Entries));
  const Failed = request.Entries.map(({ Id }) => ({ Id, SenderFault, Code: 'InternalError', Message: 'not today' }));
  return { Successful: [], Failed };
}

function message(text: string) {
  return { body: { version: 1 as const, text }, group: text, deduplicationId: randomUUID() };
}
