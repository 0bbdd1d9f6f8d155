import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { RejectedInput, TransientError } from '../../runtime/domain/errors.ts';
import type { Delivery, Message, Queue } from '../../runtime/ports/queue.ts';

/** What the queues under test carry. */
export const parcel = z.object({ version: z.literal(1), text: z.string() });
export type Parcel = z.infer<typeof parcel>;

export interface QueueUnderTest extends AsyncDisposable {
  readonly queue: Queue<Parcel>;
  /** Another process's view of the same queue. */
  readonly colleague: Queue<Parcel>;
  /** One whose server is not there. */
  readonly unreachable: Queue<Parcel>;
  /** Sends a body as it is, past the adapter. */
  sendText(text: string, group: string): Promise<void>;
  /** Receives one message, past the adapter, with a visibility timeout of 1 s, and is never heard of again. */
  receiveAndDie(): Promise<void>;
}

export interface QueueUnderTestOptions {
  readonly visibilityTimeoutSeconds: number;
  readonly maxDeliveries: number;
}

/** A new, empty queue at each call. */
export type QueueFactory = (options: QueueUnderTestOptions) => Promise<QueueUnderTest>;

/** The promises of ports/queue.ts, for any queue. */
export function queueContract(name: string, factory: QueueFactory): void {
  async function opened(test: TestContext, options: Partial<QueueUnderTestOptions> = {}): Promise<QueueUnderTest> {
    const underTest = await factory({ visibilityTimeoutSeconds: 30, maxDeliveries: 10, ...options });
    test.after(() => underTest[Symbol.asyncDispose]());
    return underTest;
  }

  describe(`${name} as a queue`, { concurrency: true }, () => {
    it('delivers what was sent, once, as the first attempt', async (test) => {
      const { queue } = await opened(test);
      await queue.send([message('hello')]);
      const [delivery] = await receive(queue);
      assert.deepEqual(delivery?.body, { version: 1, text: 'hello' });
      assert.equal(delivery.attempt, 1);
      await delivery.acknowledge();
      assert.deepEqual(await queue.depth(), { visible: 0, inFlight: 0, dead: 0 });
    });

    it('keeps the order within a group, over many batches', async (test) => {
      const { queue } = await opened(test);
      const texts = Array.from({ length: 34 }, (_, index) => `${index}`);
      await queue.send(texts.map((text) => message(text, 'one')));
      assert.deepEqual(await drain(queue, texts.length), texts);
    });

    it('keeps the order of each group when several are sent and received together', async (test) => {
      const { queue } = await opened(test);
      const groups = ['a', 'b', 'c', 'd', 'e', 'f'];
      const sent = Array.from({ length: 60 }, (_, index) => ({ group: groups[index % 6] ?? '', index }));
      await queue.send(sent.map(({ group, index }) => message(`${group} ${index}`, group)));
      const texts = await drain(queue, sent.length);
      for (const group of groups) {
        const expected = sent.filter((one) => one.group === group).map(({ index }) => `${group} ${index}`);
        assert.deepEqual(
          texts.filter((text) => text.startsWith(group)),
          expected,
        );
      }
    });

    it('gives nothing more of a group to others while one of its messages is in hand', async (test) => {
      const { queue, colleague } = await opened(test);
      await queue.send([message('first', 'busy')]);
      const [first] = await receive(queue);
      await queue.send([message('second', 'busy'), message('elsewhere', 'idle')]);
      const others = await receive(colleague);
      assert.deepEqual(texts(others), ['elsewhere']);
      await first?.acknowledge();
      assert.deepEqual(texts(await receive(colleague)), ['second']);
    });

    it('gives messages of different groups to different receivers', async (test) => {
      const { queue, colleague } = await opened(test);
      await queue.send([message('one', 'a'), message('two', 'b')]);
      const mine = await receive(queue, 1);
      const theirs = await receive(colleague, 1);
      assert.deepEqual([...texts(mine), ...texts(theirs)].sort(), ['one', 'two']);
    });

    it('drops a second message with the same deduplication id', async (test) => {
      const { queue } = await opened(test);
      const original = message('once', 'a');
      await queue.send([original, message('other', 'b'), original]);
      await queue.send([original]);
      assert.equal((await queue.depth()).visible, 2);
    });

    it('keeps a message in hand for longer than its visibility timeout', async (test) => {
      const { queue, colleague } = await opened(test, { visibilityTimeoutSeconds: 2 });
      await queue.send([message('slow')]);
      const [delivery] = await receive(queue);
      assert.deepEqual(await receiveWithin(colleague, 3_000), []);
      await delivery?.acknowledge();
      assert.deepEqual(await queue.depth(), { visible: 0, inFlight: 0, dead: 0 });
    });

    it('delivers again what was given back, with a higher attempt, before later ones of its group', async (test) => {
      const { queue } = await opened(test);
      await queue.send([message('first', 'g'), message('second', 'g')]);
      for (const attempt of [1, 2]) {
        const [delivery, ...rest] = await receive(queue, 1);
        assert.equal(delivery?.body.text, 'first');
        assert.equal(delivery.attempt, attempt);
        assert.deepEqual(rest, []);
        await delivery.retry(attempt === 1 ? 0 : 1);
      }
      assert.deepEqual(await drain(queue, 2), ['first', 'second']);
    });

    it('delivers again what a receiver took before it died, before later ones of its group', async (test) => {
      const { queue, receiveAndDie } = await opened(test);
      await queue.send([message('first', 'g'), message('second', 'g')]);
      await receiveAndDie();
      const [delivery] = await receive(queue, 1);
      assert.equal(delivery?.body.text, 'first');
      assert.equal(delivery.attempt, 2);
    });

    it('waits as long as asked before it delivers again', async (test) => {
      const { queue } = await opened(test);
      await queue.send([message('later')]);
      const [delivery] = await receive(queue);
      await delivery?.retry(1_600);
      assert.deepEqual(await receiveWithin(queue, 1_000), []);
      assert.deepEqual(texts(await receive(queue)), ['later']);
    });

    it('gives back what is in hand when it is closed', async (test) => {
      const { queue, colleague } = await opened(test);
      await queue.send([message('unfinished')]);
      await receive(queue);
      await queue[Symbol.asyncDispose]();
      const [delivery] = await receive(colleague);
      assert.equal(delivery?.body.text, 'unfinished');
      assert.equal(delivery.attempt, 2);
    });

    it('settles a delivery once, whatever is asked for afterwards', async (test) => {
      const { queue } = await opened(test);
      await queue.send([message('done')]);
      const [delivery] = await receive(queue);
      await Promise.all([delivery?.acknowledge(), delivery?.deadLetter({ reason: 'late', message: '' })]);
      await delivery?.retry(0);
      assert.deepEqual(await queue.depth(), { visible: 0, inFlight: 0, dead: 0 });
    });

    it('moves what is dead-lettered aside, with the reason, and lists it without taking it', async (test) => {
      const { queue } = await opened(test);
      await queue.send([message('bad 1', 'host'), message('bad 2', 'host'), message('bad 3', 'host')]);
      for (let count = 0; count < 3; count += 1) {
        const [delivery] = await receive(queue, 1);
        await delivery?.deadLetter({
          reason: 'not_content',
          message: `a login page \u0000\uD800 ${'\u{1F512}'.repeat(3)}`,
        });
      }
      assert.deepEqual(await queue.depth(), { visible: 0, inFlight: 0, dead: 3 });
      const listed = await queue.listDead(10);
      assert.deepEqual(
        listed.map(({ body }) => body),
        ['bad 1', 'bad 2', 'bad 3'].map((text) => ({ version: 1, text })),
      );
      assert.equal(listed[0]?.reason, 'not_content');
      assert.equal(listed[0].message, 'a login page \uFFFD\uFFFD \u{1F512}\u{1F512}\u{1F512}');
      assert.ok(Math.abs(Date.parse(listed[0].deadSince) - Date.now()) < 60_000);
      assert.deepEqual(await queue.listDead(10), listed, 'listing changes nothing');
      assert.equal((await queue.listDead(2)).length, 2);
    });

    it('lists more dead letters than one request can bring', async (test) => {
      const { queue } = await opened(test);
      const count = 23;
      await queue.send(
        Array.from({ length: count }, (_, index) => message(`${index}`, `group ${index % 2}`.replace(' ', '-'))),
      );
      for (let dead = 0; dead < count; ) {
        const deliveries = await receive(queue);
        await Promise.all(deliveries.map((delivery) => delivery.deadLetter({ reason: 'broken', message: '' })));
        dead += deliveries.length;
      }
      const listed = await queue.listDead(100);
      assert.equal(new Set(listed.map(({ id }) => id)).size, count);
    });

    it('redrives dead letters into their former group, as first attempts', async (test) => {
      const { queue, colleague } = await opened(test);
      await queue.send([message('again', 'g')]);
      const [delivery] = await receive(queue);
      await delivery?.deadLetter({ reason: 'broken', message: 'for now' });
      assert.equal(await colleague.redriveDead(), 1);
      await queue.send([message('after', 'g')]);
      assert.deepEqual(await queue.depth(), { visible: 2, inFlight: 0, dead: 0 });
      const [again] = await receive(queue, 1);
      assert.equal(again?.body.text, 'again');
      assert.equal(again.attempt, 1);
      assert.deepEqual(await receiveWithin(colleague, 300), [], 'its group is held');
      await again.deadLetter({ reason: 'broken', message: 'still' });
      assert.equal(await queue.redriveDead(), 1, 'a letter can die and be redriven again');
    });

    it('purges dead letters and says how many', async (test) => {
      const { queue } = await opened(test);
      await queue.send(Array.from({ length: 12 }, (_, index) => message(`${index}`, `${index}`)));
      for (let dead = 0; dead < 12; ) {
        const deliveries = await receive(queue);
        await Promise.all(deliveries.map((delivery) => delivery.deadLetter({ reason: 'broken', message: '' })));
        dead += deliveries.length;
      }
      assert.equal(await queue.purgeDead(), 12);
      assert.deepEqual(await queue.listDead(10), []);
      assert.equal(await queue.purgeDead(), 0);
    });

    it('dead-letters malformed messages on receipt and delivers the others', async (test) => {
      const { queue, sendText } = await opened(test);
      const malformed = ['not JSON', '{"version":2,"text":"from the future"}', '{"version":1}', 'null'];
      for (const [index, text] of malformed.entries()) await sendText(text, `${index}`);
      await queue.send([message('good')]);
      assert.deepEqual(texts(await receive(queue)), ['good']);
      const listed = await queue.listDead(10);
      assert.deepEqual(
        listed.map(({ reason }) => reason),
        malformed.map(() => 'malformed_message'),
      );
      assert.deepEqual(
        listed.map(({ body }) => body),
        ['not JSON', { version: 2, text: 'from the future' }, { version: 1 }, null],
      );
    });

    it('dead-letters what was received too often without being settled', async (test) => {
      const { queue } = await opened(test, { maxDeliveries: 1 });
      await queue.send([message('killer')]);
      const [delivery] = await receive(queue);
      await delivery?.retry(0);
      assert.deepEqual(await receiveWithin(queue, 1_600), []);
      assert.deepEqual(
        (await queue.listDead(1)).map(({ reason }) => reason),
        ['too_many_deliveries'],
      );
    });

    it('carries any text unchanged', async (test) => {
      const { queue } = await opened(test);
      const odd = ['ÅÅ ñ 漢字 \u{1F600}\u{1D5EF}', '\uFFFE\uFFFF\u0000\u001F\u007F\u2028', '"\\u0041"', ''];
      await queue.send(odd.map((text, index) => message(text, `${index}`)));
      assert.deepEqual((await drain(queue, odd.length)).sort(), [...odd].sort());
    });

    it('carries bodies of 200 KB, more of them in one call than one request takes', async (test) => {
      const { queue } = await opened(test);
      const large = Array.from({ length: 7 }, (_, index) => String(index).repeat(200_000));
      await queue.send(large.map((text) => message(text, 'large')));
      assert.deepEqual(await drain(queue, large.length), large);
    });

    it('refuses a body no queue can take, before anything is sent', async (test) => {
      const { queue } = await opened(test);
      const sending = queue.send([message('small'), message('x'.repeat(1_048_576))]);
      await assert.rejects(sending, (error) => error instanceof RejectedInput && error.reason === 'message_too_large');
      assert.equal((await queue.depth()).visible, 0);
    });

    it('dead-letters the largest body it takes', async (test) => {
      const { queue } = await opened(test);
      await queue.send([message('y'.repeat(1_040_000))]);
      const [delivery] = await receive(queue);
      await delivery?.deadLetter({ reason: 'too_deep', message: '\u{1F4A5}'.repeat(100_000) });
      const [letter] = await queue.listDead(1);
      assert.deepEqual(letter?.body, delivery?.body);
      assert.match(letter?.message ?? '', /^\u{1F4A5}+$/u);
    });

    it('returns at once when aborted, and loses nothing of what arrives then', async (test) => {
      // What was on its way when the receiver hung up may be hidden for one visibility timeout.
      const { queue } = await opened(test, { visibilityTimeoutSeconds: 1 });
      for (let round = 0; round < 5; round += 1) {
        const aborting = new AbortController();
        const receiving = queue.receive({ max: 10, signal: aborting.signal });
        await delay(20);
        const sending = queue.send([message(`${round}`, `${round}`)]);
        aborting.abort();
        const [, deliveries] = await Promise.all([sending, receiving]);
        const [delivery] = deliveries.length > 0 ? deliveries : await receive(queue);
        assert.equal(delivery?.body.text, `${round}`);
        await delivery.acknowledge();
      }
      const aborted = await queue.receive({ max: 1, signal: AbortSignal.abort() });
      assert.deepEqual(aborted, []);
    });

    it('counts what waits, what is in hand and what is dead', async (test) => {
      const { queue } = await opened(test);
      await queue.send(['a', 'b', 'c', 'd'].map((text) => message(text, text)));
      const [first, second] = await receive(queue, 2);
      await second?.deadLetter({ reason: 'broken', message: '' });
      assert.deepEqual(await queue.depth(), { visible: 2, inFlight: 1, dead: 1 });
      await first?.acknowledge();
      assert.deepEqual(await queue.depth(), { visible: 2, inFlight: 0, dead: 1 });
    });

    it('fails as transient when its server is not there', async (test) => {
      const { unreachable } = await opened(test);
      const signal = AbortSignal.timeout(10_000);
      await assert.rejects(unreachable.send([message('lost')]), TransientError);
      await assert.rejects(unreachable.receive({ max: 1, signal }), TransientError);
      await assert.rejects(unreachable.depth(), TransientError);
      await assert.rejects(unreachable.listDead(1), TransientError);
    });
  });
}

function message(text: string, group = 'group'): Message<Parcel> {
  return { body: { version: 1, text }, group, deduplicationId: randomUUID() };
}

function texts(deliveries: readonly Delivery<Parcel>[]): string[] {
  return deliveries.map(({ body }) => body.text);
}

function receive(queue: Queue<Parcel>, max = 10): Promise<readonly Delivery<Parcel>[]> {
  return queue.receive({ max, signal: new AbortController().signal });
}

function receiveWithin(queue: Queue<Parcel>, ms: number): Promise<readonly Delivery<Parcel>[]> {
  return queue.receive({ max: 10, signal: AbortSignal.timeout(ms) });
}

/** Receives and acknowledges until `count` texts have come. */
async function drain(queue: Queue<Parcel>, count: number): Promise<string[]> {
  const received: string[] = [];
  while (received.length < count) {
    const deliveries = await receive(queue);
    received.push(...texts(deliveries));
    await Promise.all(deliveries.map((delivery) => delivery.acknowledge()));
  }
  return received;
}
