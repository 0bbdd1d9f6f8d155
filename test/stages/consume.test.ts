import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Misconfigured, RejectedInput, TransientError } from '../../runtime/domain/errors.ts';
import { type ConsumeOptions, consume } from '../../runtime/stages/consume.ts';
import { silent, type Task, TestQueue } from './queues.ts';

type Overrides = Partial<ConsumeOptions<Task>> & Pick<ConsumeOptions<Task>, 'queue' | 'handle' | 'signal'>;

function consuming(options: Overrides): Promise<void> {
  return consume({ concurrency: 4, maxAttempts: 3, logger: silent, ...options });
}

/** Consumes until `enough` says so; fails the test when that takes longer than anyone would wait. */
async function consumeUntil(enough: () => boolean, options: Omit<Overrides, 'signal'>): Promise<void> {
  const stopping = new AbortController();
  const running = consuming({ ...options, signal: stopping.signal });
  const deadline = Date.now() + 20_000;
  while (!enough() && Date.now() < deadline) await Promise.race([delay(5), running]);
  stopping.abort();
  await running;
  assert.ok(enough(), 'it took too long');
}

test('a message is removed once it is handled', async () => {
  await using tested = await TestQueue.start();
  await tested.send(['one', 'a'], ['two', 'b']);
  const handled: string[] = [];
  await consumeUntil(() => handled.length === 2, {
    queue: tested.queue,
    handle: async ({ name }) => void handled.push(name),
  });
  assert.deepEqual(handled.toSorted(), ['one', 'two']);
  assert.deepEqual(await tested.queue.depth(), { visible: 0, inFlight: 0, dead: 0 });
});

test('a rejected message is dead-lettered at once, with its reason', async () => {
  await using tested = await TestQueue.start();
  await tested.send(['bad', 'a'], ['good', 'b']);
  const dead: string[] = [];
  const handled: string[] = [];
  await consumeUntil(() => dead.length === 1 && handled.length === 1, {
    queue: tested.queue,
    handle: async ({ name }) => {
      if (name === 'bad') throw new RejectedInput('not_found', 'there is no such page');
      handled.push(name);
    },
    onDeadLetter: ({ name }, { reason }) => void dead.push(`${name}: ${reason}`),
  });
  assert.deepEqual(dead, ['bad: not_found']);
  const [letter] = await tested.queue.listDead(10);
  assert.equal(letter?.reason, 'not_found');
  assert.equal(letter?.message, 'there is no such page');
  assert.deepEqual(letter?.body, { version: 1, name: 'bad', key: 'a' });
});

test('a transient failure is tried again, and dead-lettered after the last attempt', async () => {
  await using tested = await TestQueue.start();
  await tested.send(['flaky', 'a'], ['broken', 'b']);
  const attempts = new Map<string, number>();
  const dead: string[] = [];
  await consumeUntil(() => dead.length === 1 && attempts.get('flaky') === 2, {
    queue: tested.queue,
    maxAttempts: 2,
    handle: async ({ name }) => {
      const attempt = (attempts.get(name) ?? 0) + 1;
      attempts.set(name, attempt);
      if (name === 'broken' || attempt === 1) throw new TransientError('the server is busy');
    },
    onDeadLetter: ({ name }, { reason, message }) => void dead.push(`${name}: ${reason}: ${message}`),
  });
  assert.deepEqual(dead, ['broken: retries_exhausted: the server is busy']);
  assert.equal(attempts.get('broken'), 2);
  assert.equal((await tested.queue.depth()).dead, 1);
});

test('whoever names the time to come back at may do so more often than others may fail', async () => {
  await using tested = await TestQueue.start();
  await tested.send(['patient', 'a'], ['broken', 'b'], ['tomorrow', 'c']);
  const attempts = new Map<string, number>();
  const dead: string[] = [];
  await consumeUntil(() => dead.length === 3, {
    queue: tested.queue,
    maxAttempts: 2,
    postponements: { most: 3, longestMs: 60_000 },
    handle: async ({ name }) => {
      attempts.set(name, (attempts.get(name) ?? 0) + 1);
      const retryAfterMs = { patient: 1, tomorrow: 86_400_000 }[name];
      throw new TransientError('not now', { retryAfterMs });
    },
    onDeadLetter: ({ name }) => void dead.push(name),
  });
  assert.deepEqual(Object.fromEntries(attempts), { patient: 3, broken: 2, tomorrow: 1 });
});

test('an error that nobody foresaw is tried again too', async () => {
  await using tested = await TestQueue.start();
  await tested.send(['odd', 'a']);
  let attempts = 0;
  await consumeUntil(() => attempts === 2, {
    queue: tested.queue,
    handle: async () => {
      attempts += 1;
      if (attempts === 1) throw new TypeError('undefined is not a function');
    },
  });
  assert.deepEqual(await tested.queue.depth(), { visible: 0, inFlight: 0, dead: 0 });
});

test('messages with the same key are handled one after the other, in order', async () => {
  await using tested = await TestQueue.start();
  await tested.send(['1', 'a'], ['2', 'a'], ['3', 'a'], ['4', 'a']);
  const events: string[] = [];
  await consumeUntil(() => events.length === 8, {
    queue: tested.queue,
    serialBy: ({ key }) => key,
    handle: async ({ name }) => {
      events.push(`${name} begins`);
      await delay(5);
      events.push(`${name} ends`);
    },
  });
  const inOrder = ['1', '2', '3', '4'].flatMap((name) => [`${name} begins`, `${name} ends`]);
  assert.deepEqual(events, inOrder);
});

test('never more than `concurrency` are in hand', async () => {
  await using tested = await TestQueue.start();
  await tested.send(...Array.from({ length: 20 }, (_, index): [string, string] => [`${index}`, `group ${index}`]));
  let inHand = 0;
  let most = 0;
  let handled = 0;
  await consumeUntil(() => handled === 20, {
    queue: tested.queue,
    concurrency: 3,
    handle: async () => {
      inHand += 1;
      most = Math.max(most, inHand);
      await delay(2);
      inHand -= 1;
      handled += 1;
    },
  });
  assert.ok(most > 1 && most <= 3, `${most} were in hand at once`);
});

test('once told to stop, it finishes what is in hand and takes nothing new', async () => {
  await using tested = await TestQueue.start();
  await tested.send(['slow', 'a']);
  const stopping = new AbortController();
  const begun = Promise.withResolvers<void>();
  let finished = false;
  const running = consuming({
    queue: tested.queue,
    signal: stopping.signal,
    handle: async () => {
      begun.resolve();
      await delay(50);
      finished = true;
    },
  });
  await begun.promise;
  stopping.abort();
  await tested.send(['late', 'b']);
  await running;
  assert.ok(finished);
  assert.deepEqual(await tested.queue.depth(), { visible: 1, inFlight: 0, dead: 0 });
});

test('what cannot be finished in time is given back', async () => {
  await using tested = await TestQueue.start();
  await tested.send(['endless', 'a']);
  const stopping = new AbortController();
  const begun = Promise.withResolvers<void>();
  const running = consuming({
    queue: tested.queue,
    signal: stopping.signal,
    graceMs: 20,
    handle: (_body, signal) => {
      begun.resolve();
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
    },
  });
  await begun.promise;
  stopping.abort();
  await running;
  const [again] = await tested.queue.receive({ max: 1, signal: AbortSignal.timeout(10_000) });
  assert.equal(again?.body.name, 'endless');
  await again?.acknowledge();
});

test('a misconfiguration ends the service and keeps the message', async () => {
  await using tested = await TestQueue.start();
  await tested.send(['any', 'a']);
  const running = consuming({
    queue: tested.queue,
    signal: new AbortController().signal,
    handle: async () => {
      throw new Misconfigured('the disk is full');
    },
  });
  await assert.rejects(running, { name: 'Misconfigured', message: 'the disk is full' });
  const { visible, inFlight, dead } = await tested.queue.depth();
  assert.deepEqual([visible + inFlight, dead], [1, 0]);
});
