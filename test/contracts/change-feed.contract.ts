import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, type TestContext, test } from 'node:test';
import type { Change } from '../../runtime/domain/change.ts';
import { PositionLost } from '../../runtime/domain/errors.ts';
import type { CapturedChange, ChangeBatch, ChangeFeed, Position } from '../../runtime/ports/change-feed.ts';
import type { CollectionDefinition, DocumentStore } from '../../runtime/ports/document-store.ts';
import { gather } from './gather.ts';

/** A store and the feed that follows it. Disposing closes both. */
export interface ChangeFeedConnection extends AsyncDisposable {
  readonly store: DocumentStore;
  readonly feed: ChangeFeed;
}

/** One place that documents are kept in, empty at first and removed at the end. */
export interface ChangeFeedPlace extends AsyncDisposable {
  connect(): Promise<ChangeFeedConnection>;
}

/** What an engine may not be able to do. Each is a skipped test that says why. */
export type ChangeFeedGap = 'counts what lags' | 'is silent about a write of what is there already';

export interface ChangeFeedContractOptions {
  readonly gaps?: Readonly<Partial<Record<ChangeFeedGap, string>>>;
}

const collections: readonly CollectionDefinition[] = [
  { name: 'articles', captured: true, indexes: [] },
  { name: 'posts', captured: true, indexes: [] },
  { name: 'code', captured: true, indexes: [] },
  { name: 'crawl_states', captured: false, indexes: [] },
];
/** A test that waits for what never comes fails by this, and what it reads from ends a little earlier. */
const timeout = 20_000;
const patience = () => AbortSignal.timeout(15_000);

export function changeFeedContract(
  name: string,
  createPlace: () => Promise<ChangeFeedPlace>,
  { gaps = {} }: ChangeFeedContractOptions = {},
): void {
  describe(`${name} follows the captured collections`, () => {
    const withFeed = (
      sentence: string,
      body: (connection: ChangeFeedConnection, place: ChangeFeedPlace) => Promise<void>,
      gap?: ChangeFeedGap,
    ) => {
      const skip = gap === undefined ? undefined : gaps[gap];
      test(sentence, { timeout, ...(skip === undefined ? {} : { skip }) }, async () => {
        await using place = await createPlace();
        await using connection = await place.connect();
        await connection.store.prepare(collections);
        await body(connection, place);
      });
    };

    withFeed('with each change of a document in the order in which it was made', async ({ store, feed }) => {
      const [a, b] = [randomUUID(), randomUUID()];
      await store.insert('articles', { _id: a, revision: 1 });
      await store.insert('posts', { _id: b, revision: 1 });
      await store.replace('articles', { _id: a, revision: 2, text: 'changed' }, 1);
      await store.put('articles', { _id: a, revision: 3, text: 'put' });
      await store.replace('articles', { _id: a, revision: 4, deletedAt: '2026-01-01T00:00:00.000Z' }, 3);
      await store.replace('articles', { _id: a, revision: 5, text: 'back' }, 4);
      await store.delete('posts', b);
      await store.insert('posts', { _id: b, revision: 1 });
      const before = Date.now();
      const changes = (await take(feed, undefined, 8)).map(({ change }) => change);
      assert.deepEqual(story(changes, a), [
        ['articles', 'upsert', 1],
        ['articles', 'upsert', 2],
        ['articles', 'upsert', 3],
        ['articles', 'delete', 4],
        ['articles', 'upsert', 5],
      ]);
      assert.deepEqual(
        changes.filter(({ documentId }) => documentId === b).map(({ operation }) => operation),
        ['upsert', 'delete', 'upsert'],
      );
      for (const { version, occurredAt } of changes) {
        assert.equal(version, 1);
        assert.match(occurredAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
        assert.ok(Math.abs(before - Date.parse(occurredAt)) < 60_000);
      }
    });

    withFeed('and no others, nor what wrote nothing', async ({ store, feed }) => {
      const [a, last] = [randomUUID(), randomUUID()];
      await store.put('crawl_states', { _id: a, lastResult: 'ok' });
      await store.put('crawl_states', { _id: a, lastResult: 'failed' });
      await store.delete('crawl_states', a);
      await store.insert('code', { _id: a, revision: 1 });
      await store.insert('code', { _id: a, revision: 7 });
      await store.replace('code', { _id: a, revision: 8 }, 7);
      await store.replace('code', { _id: randomUUID(), revision: 2 }, 1);
      await store.delete('code', randomUUID());
      await store.insert('posts', { _id: last, revision: 1 });
      const changes = (await take(feed, undefined, 2)).map(({ change }) => change);
      assert.deepEqual(
        changes.map(({ documentId, revision }) => [documentId, revision]),
        [
          [a, 1],
          [last, 1],
        ],
      );
    });

    withFeed(
      'and is silent about a write of what is there already',
      async ({ store, feed }) => {
        const document = { _id: randomUUID(), revision: 1, text: 'same', bytes: new Uint8Array([1, 2]) };
        const last = randomUUID();
        await store.put('code', document);
        await store.put('code', document);
        await store.replace('code', document, 1);
        await store.insert('code', { _id: last, revision: 1 });
        const ids = (await take(feed, undefined, 2)).map(({ change }) => change.documentId);
        assert.deepEqual(ids, [document._id, last]);
      },
      'is silent about a write of what is there already',
    );

    withFeed('in batches of at most 500, each change once', async ({ store, feed }) => {
      const ids = await write(store, 1_203);
      const batches = await takeBatches(feed, undefined, ids.length);
      assert.ok(batches.every(({ changes }) => changes.length > 0 && changes.length <= 500));
      const changes = batches.flatMap((batch) => batch.changes);
      assert.deepEqual(
        changes.map(({ change }) => change.documentId),
        ids,
      );
      assert.equal(new Set(changes.map(({ id }) => id)).size, ids.length);
      assert.ok(changes.every(({ id }) => id.length <= 128));
    });

    withFeed('from any position again, with the same ids', async ({ store, feed }) => {
      const seen: { position: Position; change: CapturedChange }[] = [];
      const abort = new AbortController();
      const batches = feed.read(undefined, abort.signal)[Symbol.asyncIterator]();
      for (let written = 0; written < 12; written += 1) {
        await write(store, 1);
        const { value: batch } = await batches.next();
        assert.equal(batch?.changes.length, 1);
        seen.push({ position: batch.position, change: batch.changes[0] });
      }
      abort.abort();
      const changes = seen.map(({ change }) => change);
      for (const [index, { position }] of seen.entries()) {
        const rest = changes.slice(index + 1);
        assert.deepEqual(await take(feed, position, rest.length), rest);
      }
      assert.deepEqual(await take(feed, undefined, changes.length), changes);
    });

    withFeed('for several readers, each of whom sees everything', async ({ store, feed }) => {
      const readers = [take(feed, undefined, 30), take(feed, undefined, 30), take(feed, undefined, 30)];
      const ids = await write(store, 30);
      for (const changes of await Promise.all(readers)) {
        assert.deepEqual(
          changes.map(({ change }) => change.documentId),
          ids,
        );
      }
    });

    withFeed('and tells of a change to who waits for one, as soon as it is made', async ({ store, feed }) => {
      const abort = new AbortController();
      const batches = feed.read(await feed.head(), abort.signal)[Symbol.asyncIterator]();
      for (let round = 0; round < 5; round += 1) {
        const next = batches.next();
        const [id] = await write(store, 1);
        const { value: batch } = await next;
        assert.deepEqual(
          batch?.changes.map(({ change }: CapturedChange) => change.documentId),
          [id],
        );
      }
      abort.abort();
      assert.deepEqual(await batches.next(), { done: true, value: undefined });
    });

    withFeed('also when another connection made it', async ({ feed }, place) => {
      await using other = await place.connect();
      await other.store.prepare(collections);
      const reading = take(feed, undefined, 3);
      const ids = await write(other.store, 3);
      assert.deepEqual(
        (await reading).map(({ change }) => change.documentId),
        ids,
      );
    });

    withFeed('until it is aborted: before, while it waits, and between two batches', async ({ store, feed }) => {
      assert.deepEqual(await gather(feed.read(undefined, AbortSignal.abort())), []);
      const waiting = new AbortController();
      const nothing = gather(feed.read(undefined, waiting.signal));
      setImmediate(() => waiting.abort());
      assert.deepEqual(await nothing, []);
      await write(store, 700);
      const between = new AbortController();
      let batches = 0;
      for await (const _batch of feed.read(undefined, between.signal)) {
        batches += 1;
        between.abort();
      }
      assert.equal(batches, 1);
    });

    withFeed('until it is closed', async ({ feed }) => {
      const nothing = gather(feed.read(undefined, patience()));
      await feed[Symbol.asyncDispose]();
      assert.deepEqual(await nothing, []);
    });

    withFeed('and from its head sees what is committed later only', async ({ store, feed }) => {
      await write(store, 3);
      const head = await feed.head();
      const later = await write(store, 2);
      assert.deepEqual(
        (await take(feed, head, 2)).map(({ change }) => change.documentId),
        later,
      );
    });
  });

  describe(`${name} remembers how far it got`, () => {
    const withPlace = (
      sentence: string,
      body: (place: ChangeFeedPlace, context: TestContext) => Promise<void>,
      gap?: ChangeFeedGap,
    ) => {
      const skip = gap === undefined ? undefined : gaps[gap];
      test(sentence, { timeout, ...(skip === undefined ? {} : { skip }) }, async (context) => {
        await using place = await createPlace();
        await body(place, context);
      });
    };

    withPlace('when it is opened again', async (place) => {
      let saved: Position;
      {
        await using connection = await place.connect();
        await connection.store.prepare(collections);
        assert.equal(await connection.feed.position(), undefined);
        await write(connection.store, 2);
        const [batch] = await takeBatches(connection.feed, undefined, 2);
        assert.ok(batch);
        saved = batch.position;
        await connection.feed.save(saved);
        assert.equal(await connection.feed.position(), saved);
      }
      await using connection = await place.connect();
      await connection.store.prepare(collections);
      assert.equal(await connection.feed.position(), saved);
      const [id] = await write(connection.store, 1);
      assert.deepEqual(
        (await take(connection.feed, saved, 1)).map(({ change }) => change.documentId),
        [id],
      );
    });

    withPlace('losing nothing and repeating only what was not saved, however often it stops', async (place) => {
      const written: string[] = [];
      const confirmed: string[] = [];
      // What a caller does that stops now and then between taking changes over and saving.
      for (let round = 0; round < 12; round += 1) {
        await using connection = await place.connect();
        await connection.store.prepare(collections);
        written.push(...(await write(connection.store, (round * 37) % 60)));
        const outstanding = written.length - confirmed.length;
        if (outstanding === 0) {
          continue;
        }
        const wanted = Math.max(1, Math.floor(outstanding / ((round % 3) + 1)));
        for (const batch of await takeBatches(connection.feed, await connection.feed.position(), wanted)) {
          if (round % 4 !== 3) {
            await connection.feed.save(batch.position);
            confirmed.push(...batch.changes.map(({ change }) => change.documentId));
          }
        }
      }
      await using connection = await place.connect();
      const rest = await take(connection.feed, await connection.feed.position(), written.length - confirmed.length);
      assert.deepEqual([...confirmed, ...rest.map(({ change }) => change.documentId)], written);
    });

    withPlace('and does not go back to an older position', async (place) => {
      await using connection = await place.connect();
      await connection.store.prepare(collections);
      const older = await connection.feed.head();
      await write(connection.store, 5);
      const newer = await connection.feed.head();
      await connection.feed.save(newer);
      await connection.feed.save(older);
      assert.equal(await connection.feed.position(), newer);
    });

    withPlace(
      'and counts what lags behind that',
      async (place) => {
        await using connection = await place.connect();
        const { store, feed } = connection;
        await store.prepare(collections);
        assert.deepEqual(await feed.lag(), { changes: 0, oldestMs: 0 });
        await write(store, 7);
        const { changes, oldestMs } = await feed.lag();
        assert.equal(changes, 7);
        assert.ok(oldestMs >= 0 && oldestMs < 60_000, `${oldestMs} ms`);
        const half = await feed.head();
        await write(store, 4);
        await feed.save(half);
        assert.equal((await feed.lag()).changes, 4);
        await feed.save(await feed.head());
        assert.deepEqual(await feed.lag(), { changes: 0, oldestMs: 0 });
      },
      'counts what lags',
    );

    withPlace('and refuses positions that are not its own', async (place) => {
      await using elsewhere = await createPlace();
      await using other = await elsewhere.connect();
      await other.store.prepare(collections);
      await write(other.store, 3);
      await using connection = await place.connect();
      await connection.store.prepare(collections);
      await write(connection.store, 10);
      const signal = patience();
      for (const position of [await other.feed.head(), '', '0', '{}', 'null', '\u0000']) {
        await assert.rejects(gather(connection.feed.read(position, signal)), PositionLost, position);
        await assert.rejects(connection.feed.save(position), PositionLost, position);
      }
      assert.equal(await connection.feed.position(), undefined);
    });
  });
}

/** Inserts so many new documents into captured collections. @returns their ids, in the order of the commits */
async function write(store: DocumentStore, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => randomUUID());
  for (const [index, _id] of ids.entries()) {
    await store.insert(index % 2 === 0 ? 'articles' : 'code', { _id, revision: 1 });
  }
  return ids;
}

/** Reads until there are at least `count` changes. */
async function takeBatches(feed: ChangeFeed, after: Position | undefined, count: number): Promise<ChangeBatch[]> {
  const abort = new AbortController();
  const batches: ChangeBatch[] = [];
  if (count === 0) {
    return batches;
  }
  let taken = 0;
  for await (const batch of feed.read(after, AbortSignal.any([abort.signal, patience()]))) {
    batches.push(batch);
    taken += batch.changes.length;
    if (taken >= count) {
      abort.abort();
    }
  }
  return batches;
}

async function take(feed: ChangeFeed, after: Position | undefined, count: number): Promise<CapturedChange[]> {
  return (await takeBatches(feed, after, count)).flatMap(({ changes }) => changes);
}

function story(changes: readonly Change[], id: string): [string, string, number][] {
  return changes
    .filter(({ documentId }) => documentId === id)
    .map(({ collection, operation, revision }) => [collection, operation, revision]);
}
