import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Database } from '../../../runtime/adapters/sqlite/database.ts';
import { conditionOf, endOfPrefix } from '../../../runtime/adapters/sqlite/document-filter.ts';
import { rawStoreFormat } from '../../../runtime/adapters/sqlite/raw-store-format.ts';
import { Misconfigured } from '../../../runtime/domain/errors.ts';
import { collections } from '../../../runtime/odm/collections.ts';
import type { DocumentFilter } from '../../../runtime/ports/document-store.ts';
import { documentStoreContract } from '../../contracts/document-store.contract.ts';
import { gather } from '../../contracts/gather.ts';
import { createRawStorePlace } from './raw-store-place.ts';

documentStoreContract('The SQLite document store', createRawStorePlace);

describe('The SQLite document store', () => {
  test('lets no name into SQL that is not one', async () => {
    await using place = await createRawStorePlace();
    await using store = await place.open();
    for (const name of ['', 'Articles', 'a b', 'a";--', '1st', 'x'.repeat(64)]) {
      await assert.rejects(store.prepare([{ name, captured: false, indexes: [] }]), Misconfigured, name);
    }
    await assert.rejects(store.prepare([{ name: 'notes', captured: false, indexes: [['a")']] }]), Misconfigured);
    await store.prepare([{ name: 'notes', captured: false, indexes: [] }]);
    await assert.rejects(store.get('sqlite_schema', 'a'), Misconfigured);
    await assert.rejects(store.get('notes', 'a', { fields: ['a"'] }), Misconfigured);
    await assert.rejects(gather(store.find('notes', { "a'": 'b' })), Misconfigured);
    await assert.rejects(store.count('articles'), Misconfigured);
  });

  test('finds and counts by its indexes alone', async () => {
    await using place = await createRawStorePlace();
    await using store = await place.open();
    await store.prepare(collections);
    using database = new Database(place.file, rawStoreFormat);
    const filters: DocumentFilter[] = [
      { platform: 'web', naturalKey: { startsWith: 'https://' }, deletedAt: null },
      { platform: 'web', naturalKey: ['a', 'b'] },
      { authorId: 'a' },
      { deletedAt: null },
    ];
    for (const filter of filters) {
      const { sql, parameters } = conditionOf(filter);
      const plan = database.all(`EXPLAIN QUERY PLAN SELECT _id FROM collection_code WHERE TRUE${sql}`, ...parameters);
      assert.match(plan.map((row) => row['detail']).join(), /SEARCH collection_code USING COVERING INDEX/);
    }
  });

  test('finds nothing that has ceased to match by the time it gets there', async () => {
    await using place = await createRawStorePlace();
    await using store = await place.open();
    await store.prepare([{ name: 'notes', captured: false, indexes: [] }]);
    for (const _id of ['a', 'b', 'c']) {
      await store.put('notes', { _id, shelf: 1 });
    }
    const found: string[] = [];
    for await (const { _id } of store.find('notes', { shelf: 1 })) {
      found.push(_id);
      await store.put('notes', { _id: 'b', shelf: 2 });
    }
    assert.deepEqual(found, ['a', 'c']);
  });

  test('knows where the strings with a prefix end', () => {
    assert.equal(endOfPrefix('ab'), 'ac');
    assert.equal(endOfPrefix('a\ud7ff'), 'a\ue000');
    assert.equal(endOfPrefix('a\u{10ffff}\u{10ffff}'), 'b');
    assert.equal(endOfPrefix('\u{10ffff}'), undefined);
    assert.equal(endOfPrefix(''), undefined);
  });

  test('keeps numbers out of what starts with nothing', async () => {
    await using place = await createRawStorePlace();
    await using store = await place.open();
    await store.prepare([{ name: 'notes', captured: false, indexes: [] }]);
    await store.put('notes', { _id: 'a', shelf: 1 });
    await store.put('notes', { _id: 'b', shelf: '' });
    const found = await gather(store.find('notes', { shelf: { startsWith: '' } }));
    assert.deepEqual(found, [{ _id: 'b', shelf: '' }]);
  });
});
