import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { QueueDoesNotExist } from '@aws-sdk/client-sqs';
import { connectQueues, type EmbeddedQueues, startQueues } from '../../../runtime/adapters/sqs/embedded-queues.ts';
import { ensureQueue, findDeadLetterQueueUrl } from '../../../runtime/adapters/sqs/ensure-queue.ts';
import { SqsQueue } from '../../../runtime/adapters/sqs/sqs-queue.ts';
import { Misconfigured } from '../../../runtime/domain/errors.ts';
import type { Message } from '../../../runtime/ports/queue.ts';
import { type Parcel, parcel } from '../../contracts/queue.contract.ts';

describe('The embedded queues', { concurrency: true }, () => {
  it('keep what was sent over a restart, at whatever port', async (test) => {
    const directory = await temporaryDirectory(test);
    {
      await using queues = await startQueues(directory);
      await changesOf(queues).send([message('kept'), message('done')]);
      const [kept, done] = await receive(queues);
      assert.equal(kept?.body.text, 'kept');
      await done?.acknowledge();
    }
    await using queues = await startQueues(directory);
    const [again, ...rest] = await receive(queues);
    assert.equal(again?.body.text, 'kept', 'what was in hand comes again without waiting for its timeout');
    assert.equal(again.attempt, 2);
    assert.deepEqual(rest, []);
  });

  it('remember the deduplication ids of what still waits', async (test) => {
    const directory = await temporaryDirectory(test);
    const waiting = message('waiting');
    {
      await using queues = await startQueues(directory);
      await changesOf(queues).send([waiting]);
    }
    await using queues = await startQueues(directory);
    await changesOf(queues).send([waiting]);
    assert.equal((await changesOf(queues).depth()).visible, 1);
  });

  it('lose nothing that was confirmed, and bring nothing back, when killed again and again', async (test) => {
    const directory = await temporaryDirectory(test);
    const confirmed = new Set<string>();
    const deleting = new Set<string>();
    const deleted = new Set<string>();
    for (let life = 0; life < 3; life += 1) {
      for await (const [event, text] of eventsOf(test, directory, life)) {
        if (event === 'sent') confirmed.add(text);
        if (event === 'deleting') deleting.add(text);
        if (event === 'deleted') deleted.add(text);
      }
    }
    assert.ok(confirmed.size > 100 && deleted.size > 10, `${confirmed.size} sent, ${deleted.size} deleted`);
    await using queues = await startQueues(directory);
    const remaining = new Set<string>();
    for (let { visible, inFlight } = await changesOf(queues).depth(); visible + inFlight > 0; ) {
      const deliveries = await receive(queues);
      for (const { body } of deliveries) remaining.add(body.text);
      await Promise.all(deliveries.map((delivery) => delivery.acknowledge()));
      ({ visible, inFlight } = await changesOf(queues).depth());
    }
    const lost = [...confirmed].filter((text) => !remaining.has(text) && !deleting.has(text));
    const risen = [...deleted].filter((text) => remaining.has(text));
    assert.deepEqual({ lost, risen }, { lost: [], risen: [] });
  });

  it('are seen by another process through their endpoint', async (test) => {
    await using queues = await startQueues(await temporaryDirectory(test));
    await using attached = connectQueues(queues.endpoint);
    await changesOf(attached).send([message('from elsewhere')]);
    const [delivery] = await receive(queues);
    assert.equal(delivery?.body.text, 'from elsewhere');
  });

  it('listen on loopback only', async (test) => {
    await using queues = await startQueues(await temporaryDirectory(test));
    const { hostname, port } = new URL(queues.endpoint);
    assert.equal(hostname, '127.0.0.1');
    const outer = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4');
    for (const { address } of outer) {
      const socket = connect(Number(port), address);
      await assert.rejects(once(socket, 'connect'), { code: 'ECONNREFUSED' });
    }
    // All of 127.0.0.0/8 reaches a server that listens on every interface.
    await assert.rejects(once(connect(Number(port), '127.0.0.2'), 'connect'), { code: 'ECONNREFUSED' });
  });

  it('answer only to their own address, and only as SQS', async (test) => {
    await using queues = await startQueues(await temporaryDirectory(test));
    const page = await fetch(`${queues.endpoint}/_fauxqs/queues`);
    assert.equal(page.status, 403);
    const rebound = await fetch(queues.endpoint.replace('127.0.0.1', 'localhost'), { method: 'POST' }).then(
      ({ status }) => status,
    );
    assert.equal(rebound, 403);
  });

  it('refuse a directory that is in use', async (test) => {
    const directory = await temporaryDirectory(test);
    await using _queues = await startQueues(directory);
    await assert.rejects(
      startQueues(directory),
      (error) => error instanceof Misconfigured && /another process/.test(error.message),
    );
  });

  it('refuse a directory they cannot use', async (test) => {
    const directory = await temporaryDirectory(test);
    const file = join(directory, 'file');
    await writeFile(file, '');
    await assert.rejects(startQueues(join(file, 'below')), Misconfigured);
    await writeFile(join(directory, 'fauxqs.db'), 'not a database'.repeat(1000));
    await assert.rejects(startQueues(directory), Misconfigured);
  });

  it('confirm nothing more once a write has failed', async (test) => {
    const directory = await temporaryDirectory(test);
    {
      await using queues = await startQueues(directory);
      await changesOf(queues).send([message('before')]);
    }
    refuseWritesOf('poison', directory);
    {
      await using queues = await startQueues(directory);
      const poison = message('poison');
      for (const messages of [[message('with it'), poison], [poison], [message('after it')]]) {
        await assert.rejects(changesOf(queues).send(messages), Misconfigured);
      }
    }
    await using queues = await startQueues(directory);
    assert.deepEqual(
      (await receive(queues)).map(({ body }) => body.text),
      ['before'],
    );
  });

  it('are created once, and keep their messages when they are ensured again', async (test) => {
    await using queues = await startQueues(await temporaryDirectory(test));
    await changesOf(queues).send([message('kept')]);
    await ensureQueue(queues.client, 'changes.fifo', { visibilityTimeoutSeconds: 5, maxReceiveCount: 7 });
    assert.equal((await changesOf(queues).depth()).visible, 1);
    const found = await findDeadLetterQueueUrl(queues.client, queues.changes.queueUrl);
    assert.equal(new URL(found).pathname, new URL(queues.changes.deadLetterQueueUrl).pathname);
    await assert.rejects(findDeadLetterQueueUrl(queues.client, queues.changes.deadLetterQueueUrl), Misconfigured);
  });

  it('give a reason and a place in the list to what the redrive policy moved aside', async (test) => {
    await using queues = await startQueues(await temporaryDirectory(test));
    await ensureQueue(queues.client, 'changes.fifo', { visibilityTimeoutSeconds: 5, maxReceiveCount: 1 });
    const queue = changesOf(queues);
    await queue.send(['a', 'b'].map((text) => ({ ...message(text), group: 'shared' })));
    const signal = AbortSignal.timeout(6_000);
    for (let dead = 0; dead < 2 && !signal.aborted; { dead } = await queue.depth()) {
      for (const delivery of await queue.receive({ max: 10, signal: AbortSignal.timeout(1_500) }))
        await delivery.retry(0);
    }
    const letters = await queue.listDead(10);
    assert.deepEqual(
      letters.map(({ body, reason }) => ({ body, reason })),
      ['a', 'b'].map((text) => ({ body: { version: 1, text }, reason: 'too_many_deliveries' })),
    );
    assert.equal(await queue.redriveDead(), 2);
  });

  it('name a queue that is not there as a thing to set right', async (test) => {
    await using queues = await startQueues(await temporaryDirectory(test));
    const absent = new SqsQueue({
      client: queues.client,
      queueUrl: `${queues.endpoint}/000000000000/absent.fifo`,
      deadLetterQueueUrl: queues.crawl.deadLetterQueueUrl,
      schema: parcel,
      visibilityTimeoutSeconds: 30,
    });
    const rejected = (error: unknown) => error instanceof Misconfigured && error.cause instanceof QueueDoesNotExist;
    await assert.rejects(absent.send([message('nowhere')]), rejected);
    await assert.rejects(absent.depth(), rejected);
    await assert.rejects(absent.receive({ max: 1, signal: AbortSignal.timeout(5_000) }), rejected);
  });
});

function changesOf({ client, changes }: EmbeddedQueues): SqsQueue<Parcel> {
  return new SqsQueue({ client, ...changes, schema: parcel, visibilityTimeoutSeconds: 30 });
}

function receive(queues: EmbeddedQueues) {
  return changesOf(queues).receive({ max: 10, signal: AbortSignal.timeout(5_000) });
}

function message(text: string): Message<Parcel> {
  return { body: { version: 1, text }, group: text, deduplicationId: text };
}

async function temporaryDirectory(test: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'twinstream-queues-'));
  test.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** Makes the file fail as a full disk would, for one message. */
function refuseWritesOf(text: string, directory: string): void {
  using database = new DatabaseSync(join(directory, 'fauxqs.db'));
  database.exec(`CREATE TRIGGER refuse BEFORE INSERT ON sqs_messages WHEN NEW.body LIKE '%${text}%'
    BEGIN SELECT RAISE(ABORT, 'no room'); END`);
}

/** What a process that serves, sends and receives reported until it was killed in the middle of it. */
async function* eventsOf(test: TestContext, directory: string, life: number): AsyncGenerator<[string, string]> {
  const child: ChildProcess = spawn(
    process.execPath,
    [fileURLToPath(new URL('queue-traffic.ts', import.meta.url)), directory, String(life)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  test.after(() => child.kill('SIGKILL'));
  assert.ok(child.stdout);
  const enough = 60 + 45 * life;
  let seen = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    seen += 1;
    if (seen === enough) child.kill('SIGKILL');
    const [event = '', text = ''] = line.split(' ');
    yield [event, text];
  }
  assert.ok(seen >= enough, `it ended by itself after ${seen} events`);
}
