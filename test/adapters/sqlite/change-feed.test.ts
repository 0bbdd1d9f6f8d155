import assert from 'node:assert/strict';
import { once } from 'node:events';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, test } from 'node:test';
import { Database } from '../../../runtime/adapters/sqlite/database.ts';
import { rawStoreFormat } from '../../../runtime/adapters/sqlite/raw-store-format.ts';
import { Misconfigured, PositionLost } from '../../../runtime/domain/errors.ts';
import { collections } from '../../../runtime/odm/collections.ts';
import type { ChangeFeed, Position } from '../../../runtime/ports/change-feed.ts';
import { changeFeedContract } from '../../contracts/change-feed.contract.ts';
import { connectRawStore, createRawStorePlace } from './raw-store-place.ts';
import { startWriter } from './start-writer.ts';

changeFeedContract('The SQLite change feed', createRawStorePlace);

/** Ends what waits for something that never comes. */
const patience = () => AbortSignal.timeout(20_000);

/** The ids of the first `count` changes. */
async function take(feed: ChangeFeed, after: Position | undefined, count: number): Promise<string[]> {
  const ids: string[] = [];
  for await (const { changes } of feed.read(after, patience())) {
    ids.push(...changes.map(({ change }) => change.documentId));
    if (ids.length >= count) {
      break;
    }
  }
  return ids;
}

function idOf(index: number): string {
  return `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
}

describe('The change log in the SQLite file', { timeout: 30_000 }, () => {
  test('loses what lies before the saved position, all of it, and says so to who asks for that', async () => {
    await using place = await createRawStorePlace();
    await using connection = await place.connect();
    const { store, feed } = connection;
    await store.prepare(collections);
    const start = await feed.head();
    for (let index = 0; index < 2_500; index += 1) {
      await store.insert('code', { _id: idOf(index), revision: 1 });
    }
    const head = await feed.head();
    await store.insert('code', { _id: idOf(9_999), revision: 1 });
    await feed.save(head);
    using database = new Database(place.file, rawStoreFormat);
    assert.equal(database.get('SELECT count(*) AS count FROM changes')?.['count'], 1);
    assert.deepEqual(await take(feed, head, 1), [idOf(9_999)]);
    await assert.rejects(take(feed, undefined, 1), PositionLost);
    await assert.rejects(take(feed, start, 1), PositionLost);
  });

  test('ends a read that another process pruned away under it', async () => {
    await using place = await createRawStorePlace();
    await using connection = await place.connect();
    await connection.store.prepare(collections);
    for (let index = 0; index < 1_200; index += 1) {
      await connection.store.insert('code', { _id: idOf(index), revision: 1 });
    }
    const batches = connection.feed.read(undefined, patience())[Symbol.asyncIterator]();
    assert.equal((await batches.next()).value?.changes.length, 500);
    await using other = await place.connect();
    await other.feed.save(await other.feed.head());
    await assert.rejects(async () => await batches.next(), PositionLost);
  });

  test('notices that the file is an older copy of the one that the position was in', async () => {
    await using place = await createRawStorePlace();
    const copy = join(place.folder, 'copy.sqlite');
    {
      await using connection = await place.connect();
      await connection.store.prepare(collections);
      await connection.store.insert('code', { _id: idOf(1), revision: 1 });
    }
    await copyFile(place.file, copy);
    await using connection = await place.connect();
    await connection.store.prepare(collections);
    await connection.store.insert('code', { _id: idOf(2), revision: 1 });
    const newer = await connection.feed.head();
    await using restored = connectRawStore(copy);
    await assert.rejects(take(restored.feed, newer, 1), PositionLost);
    await assert.rejects(restored.feed.save(newer), PositionLost);
  });

  test('sees a document change in whichever column the change lies', async () => {
    await using place = await createRawStorePlace();
    await using connection = await place.connect();
    const { store, feed } = connection;
    await store.prepare(collections);
    const document = { _id: idOf(1), revision: 1, title: 'a', content: { text: 'a' }, bytes: new Uint8Array([1]) };
    const versions = [
      document,
      { ...document, title: 'b' },
      { ...document, title: 'b', content: { text: 'b' } },
      { ...document, title: 'b', content: { text: 'b' }, bytes: new Uint8Array([2]) },
    ];
    for (const version of versions) {
      await store.put('code', version);
      await store.put('code', version);
    }
    assert.equal((await feed.lag()).changes, versions.length);
  });

  test('takes no other collections than those that changes can name', async () => {
    await using place = await createRawStorePlace();
    await using connection = await place.connect();
    const wanted = { name: 'users', captured: true, indexes: [] };
    await assert.rejects(connection.store.prepare([wanted]), Misconfigured);
  });

  test('follows what another process writes, while it writes', async () => {
    await using place = await createRawStorePlace();
    await using connection = await place.connect();
    await connection.store.prepare(collections);
    await using writer = startWriter(place.file, 'a', 300);
    const seen = await take(connection.feed, undefined, 300);
    await writer.exited;
    assert.equal(new Set(seen).size, 300);
    assert.equal(await connection.store.count('code'), 300);
  });

  test('is complete with three processes writing at once, each document revised by all of them', async () => {
    await using place = await createRawStorePlace();
    await using connection = await place.connect();
    await connection.store.prepare(collections);
    const shared = { _id: idOf(0), revision: 1, sum: 0 };
    await connection.store.insert('code', shared);
    await using first = startWriter(place.file, 'a', 100, idOf(0));
    await using second = startWriter(place.file, 'b', 100, idOf(0));
    await using third = startWriter(place.file, 'c', 100, idOf(0));
    const seen = await take(connection.feed, undefined, 601);
    assert.deepEqual(await Promise.all([first.exited, second.exited, third.exited]), [0, 0, 0]);
    assert.deepEqual(await connection.store.get('code', idOf(0)), { ...shared, revision: 301, sum: 300 });
    assert.equal(seen.length, 601);
    assert.equal(new Set(seen).size, 301);
  });

  test('has every acknowledged document and its change after a SIGKILL', async () => {
    await using place = await createRawStorePlace();
    {
      await using connection = await place.connect();
      await connection.store.prepare(collections);
    }
    await using writer = startWriter(place.file, 'a', Number.MAX_SAFE_INTEGER);
    const acknowledged: string[] = [];
    const lines = createInterface({ input: writer.output });
    lines.on('line', (line) => {
      acknowledged.push(line);
      if (acknowledged.length === 400) {
        writer.kill();
      }
    });
    await once(lines, 'close');
    await writer.exited;
    assert.ok(acknowledged.length >= 400);
    await using connection = await place.connect();
    await connection.store.prepare(collections);
    const logged = new Set(await take(connection.feed, undefined, acknowledged.length));
    for (const id of acknowledged) {
      assert.ok(logged.has(id), `the change of ${id}`);
      const document = await connection.store.get('code', id);
      assert.ok(document?.['bytes'] instanceof Uint8Array && document['bytes'].length === 2_000);
    }
    using database = new Database(place.file, rawStoreFormat);
    assert.deepEqual(database.get('PRAGMA integrity_check')?.['integrity_check'], 'ok');
    const stored = await connection.store.count('code');
    assert.equal(database.get('SELECT count(*) AS count FROM changes')?.['count'], stored);
  });
});
