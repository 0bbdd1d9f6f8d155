import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type {
  CollectionDefinition,
  DocumentStore,
  FindOptions,
  StoredDocument,
} from '../../runtime/ports/document-store.ts';
import { gather } from './gather.ts';

/** One place that documents are kept in, empty at first and removed at the end. */
export interface DocumentStorePlace extends AsyncDisposable {
  /** Connects to it. Tests close what they open. */
  open(): Promise<DocumentStore>;
}

const articles: CollectionDefinition = {
  name: 'articles',
  captured: true,
  indexes: [['platform', 'naturalKey'], ['authorId']],
};
const notes: CollectionDefinition = { name: 'notes', captured: false, indexes: [['shelf']] };

/** Any text, also with NUL and beyond the basic plane, but without lone surrogates, which are no text. */
const text = fc.string({ unit: 'binary' });
const fieldName = fc.stringMatching(/^[a-z][A-Za-z0-9_]{0,8}$/);
const scalar = fc.oneof(
  text,
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
  fc.boolean(),
  fc.constant(null),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => new Uint8Array(bytes)),
);
const { value: anyValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fieldName, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));
const anyFields = fc.dictionary(fieldName, anyValue, { maxKeys: 6, noNullPrototype: true });

export function documentStoreContract(name: string, createPlace: () => Promise<DocumentStorePlace>): void {
  describe(`${name} keeps documents`, () => {
    const withStore = (sentence: string, body: (store: DocumentStore, place: DocumentStorePlace) => Promise<void>) =>
      test(sentence, async () => {
        await using place = await createPlace();
        await using store = await place.open();
        await store.prepare([articles, notes]);
        await body(store, place);
      });

    withStore('however often and by however many it is prepared', async (store, place) => {
      await store.put('notes', { _id: 'a', shelf: 1 });
      await using other = await place.open();
      await Promise.all([store.prepare([articles, notes]), other.prepare([notes, articles]), other.prepare([notes])]);
      assert.deepEqual(await other.get('notes', 'a'), { _id: 'a', shelf: 1 });
    });

    withStore('and does not know what was never written', async (store) => {
      assert.equal(await store.get('notes', 'a'), undefined);
      assert.equal(await store.get('notes', 'a', { fields: ['shelf'] }), undefined);
      assert.equal(await store.count('notes'), 0);
      assert.deepEqual(await all(store, 'notes'), []);
      assert.equal(await store.delete('notes', 'a'), false);
    });

    withStore('and inserts an id once', async (store) => {
      assert.equal(await store.insert('notes', { _id: 'a', text: 'first' }), true);
      assert.equal(await store.insert('notes', { _id: 'a', text: 'second' }), false);
      assert.deepEqual(await store.get('notes', 'a'), { _id: 'a', text: 'first' });
    });

    withStore('the same id in two collections being two documents', async (store) => {
      await store.insert('notes', { _id: 'a', where: 'notes' });
      await store.insert('articles', { _id: 'a', revision: 1, where: 'articles' });
      await store.delete('notes', 'a');
      assert.deepEqual(await store.get('articles', 'a'), { _id: 'a', revision: 1, where: 'articles' });
    });

    withStore('and puts over whatever is there, leaving no field of it', async (store) => {
      await store.put('notes', { _id: 'a', text: 'first', bytes: new Uint8Array([1]) });
      await store.put('notes', { _id: 'a', shelf: 'second' });
      assert.deepEqual(await store.get('notes', 'a'), { _id: 'a', shelf: 'second' });
      assert.equal(await store.count('notes'), 1);
    });

    withStore('and replaces only the revision that is expected', async (store) => {
      assert.equal(await store.replace('articles', { _id: 'a', revision: 1 }, 0), false);
      assert.equal(await store.get('articles', 'a'), undefined);
      await store.insert('articles', { _id: 'a', revision: 1, text: 'one' });
      assert.equal(await store.replace('articles', { _id: 'a', revision: 2, text: 'two' }, 1), true);
      assert.equal(await store.replace('articles', { _id: 'a', revision: 2, text: 'late' }, 1), false);
      assert.deepEqual(await store.get('articles', 'a'), { _id: 'a', revision: 2, text: 'two' });
    });

    withStore('losing no update of concurrent writers on two connections', async (store, place) => {
      await using other = await place.open();
      await other.prepare([articles, notes]);
      await store.insert('articles', { _id: 'a', revision: 1, sum: 0 });
      const add = async (writer: DocumentStore) => {
        for (;;) {
          const before = await writer.get('articles', 'a');
          const revision = Number(before?.['revision']);
          const next = { _id: 'a', revision: revision + 1, sum: Number(before?.['sum']) + 1 };
          if (await writer.replace('articles', next, revision)) {
            return;
          }
        }
      };
      await Promise.all(Array.from({ length: 60 }, (_, index) => add(index % 2 === 0 ? store : other)));
      assert.deepEqual(await store.get('articles', 'a'), { _id: 'a', revision: 61, sum: 60 });
      const inserted = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          (index % 2 === 0 ? store : other).insert('notes', { _id: 'n', index }),
        ),
      );
      assert.equal(inserted.filter(Boolean).length, 1);
    });

    withStore('and deletes for good', async (store) => {
      await store.put('notes', { _id: 'a' });
      await store.put('notes', { _id: 'b' });
      assert.equal(await store.delete('notes', 'a'), true);
      assert.equal(await store.delete('notes', 'a'), false);
      assert.deepEqual(await all(store, 'notes'), [{ _id: 'b' }]);
      assert.equal(await store.insert('notes', { _id: 'a' }), true);
    });

    withStore('exactly as they were, whatever JSON and bytes they hold', async (store) => {
      await fc.assert(
        fc.asyncProperty(anyFields, async (fields) => {
          const document = { ...fields, _id: 'a' };
          await store.put('notes', document);
          assert.deepEqual(plain(await store.get('notes', 'a')), plain(document));
        }),
        { numRuns: 150 },
      );
    });

    withStore('and gives only the fields that are asked for, as they were', async (store) => {
      await fc.assert(
        fc.asyncProperty(anyFields, fc.array(fieldName, { maxLength: 3 }), async (written, others) => {
          await store.put('notes', { ...written, _id: 'a' });
          const fields = [...Object.keys(written).slice(0, 2), ...others];
          const expected = Object.fromEntries(Object.entries(written).filter(([field]) => fields.includes(field)));
          assert.deepEqual(plain(await store.get('notes', 'a', { fields })), plain({ ...expected, _id: 'a' }));
          assert.deepEqual(plain(await all(store, 'notes', {}, { fields })), [plain({ ...expected, _id: 'a' })]);
        }),
        { numRuns: 150 },
      );
    });

    withStore('leaving out fields that are undefined', async (store) => {
      await store.put('notes', { _id: 'a', title: undefined, nested: { there: 1, not: undefined } });
      assert.deepEqual(await store.get('notes', 'a'), { _id: 'a', nested: { there: 1 } });
    });

    withStore('of five megabytes of text and as many of bytes', async (store) => {
      const document = {
        _id: 'large',
        text: '𝗅𝖺𝗋𝗀𝖾 "quoted"\n\u2028 ü שלום '.repeat(160_000),
        bytes: new Uint8Array(5_000_000).map((_, index) => index % 251),
      };
      await store.put('notes', document);
      const read = await store.get('notes', 'large');
      assert.ok(read?.['text'] === document.text);
      assert.ok(read['bytes'] instanceof Uint8Array && Buffer.compare(read['bytes'], document.bytes) === 0);
    });

    withStore('and still has them when it is opened again', async (store, place) => {
      await store.put('notes', { _id: 'a', bytes: new Uint8Array([0, 255]) });
      await store[Symbol.asyncDispose]();
      await using reopened = await place.open();
      await reopened.prepare([articles, notes]);
      assert.deepEqual(plain(await reopened.get('notes', 'a')), { _id: 'a', bytes: new Uint8Array([0, 255]) });
    });
  });

  describe(`${name} finds documents`, () => {
    const withStore = (sentence: string, body: (store: DocumentStore) => Promise<void>) =>
      test(sentence, async () => {
        await using place = await createPlace();
        await using store = await place.open();
        await store.prepare([articles, notes]);
        await body(store);
      });

    withStore('in the order of their ids, however they were written', async (store) => {
      const ids = Array.from({ length: 300 }, () => randomUUID());
      for (const _id of ids) {
        await store.put('notes', { _id });
      }
      assert.deepEqual(await idsOf(store), ids.toSorted());
      assert.equal(await store.count('notes'), 300);
    });

    withStore('in pages that leave nothing out', async (store) => {
      const ids = await fill(store, 1_000);
      const seen: string[] = [];
      for (;;) {
        const page = await idsOf(store, {}, { after: seen.at(-1), limit: 333 });
        if (page.length === 0) {
          break;
        }
        seen.push(...page);
      }
      assert.deepEqual(seen, ids);
      assert.deepEqual(await idsOf(store, {}, { limit: 0 }), []);
      assert.deepEqual(await idsOf(store, {}, { after: ids[997] }), ids.slice(998));
      assert.deepEqual(await idsOf(store, { shelf: 3 }, { after: ids[500], limit: 4 }), [
        ids[503],
        ids[513],
        ids[523],
        ids[533],
      ]);
    });

    withStore('by equal strings and numbers, which are never equal to each other', async (store) => {
      await store.put('notes', { _id: 'a', shelf: '1' });
      await store.put('notes', { _id: 'b', shelf: 1 });
      await store.put('notes', { _id: 'c', shelf: 1.5 });
      assert.deepEqual(await idsOf(store, { shelf: '1' }), ['a']);
      assert.deepEqual(await idsOf(store, { shelf: 1 }), ['b']);
      assert.deepEqual(await idsOf(store, { shelf: 1.5 }), ['c']);
      assert.deepEqual(await idsOf(store, { shelf: 2 }), []);
      assert.deepEqual(await idsOf(store, { _id: 'b' }), ['b']);
    });

    withStore('by what is absent', async (store) => {
      await store.put('notes', { _id: 'a', shelf: '' });
      await store.put('notes', { _id: 'b' });
      await store.put('notes', { _id: 'c', shelf: 0 });
      await store.put('notes', { _id: 'd', shelf: {} });
      await store.put('notes', { _id: 'e', shelf: new Uint8Array([1]) });
      assert.deepEqual(await idsOf(store, { shelf: null }), ['b']);
      assert.equal(await store.count('notes', { shelf: null }), 1);
    });

    withStore('by a string of any length', async (store) => {
      const long = 'ü '.repeat(50_000);
      await store.put('notes', { _id: 'a', shelf: long, body: { text: long } });
      await store.put('notes', { _id: 'b', shelf: `${long}.` });
      assert.deepEqual(await idsOf(store, { shelf: long }), ['a']);
      assert.deepEqual(await idsOf(store, { shelf: [long, 'other'] }), ['a']);
      assert.deepEqual(await idsOf(store, { shelf: { startsWith: long } }), ['a', 'b']);
      assert.deepEqual(await all(store, 'notes', { shelf: long }, { fields: ['body'] }), [
        { _id: 'a', body: { text: long } },
      ]);
    });

    withStore('by one of a list', async (store) => {
      for (const [_id, shelf] of Object.entries({ a: 'x', b: 'y', c: 'z\'"\u0000', d: 'y' })) {
        await store.put('notes', { _id, shelf });
      }
      assert.deepEqual(await idsOf(store, { shelf: ['y', 'z\'"\u0000', 'none'] }), ['b', 'c', 'd']);
      assert.deepEqual(await idsOf(store, { _id: ['d', 'a'] }), ['a', 'd']);
      assert.deepEqual(await idsOf(store, { shelf: [] }), []);
      assert.deepEqual(await idsOf(store, { shelf: 'y' }, { limit: 1 }), ['b']);
    });

    withStore('by all conditions at once', async (store) => {
      await store.put('articles', { _id: 'a', revision: 1, platform: 'web', naturalKey: 'https://a', authorId: '1' });
      await store.put('articles', { _id: 'b', revision: 1, platform: 'web', naturalKey: 'https://b', authorId: '2' });
      await store.put('articles', { _id: 'c', revision: 1, platform: 'file', naturalKey: 'https://a', deletedAt: 'x' });
      const find = async (filter: Parameters<DocumentStore['find']>[1]) =>
        (await all(store, 'articles', filter)).map(({ _id }) => _id);
      assert.deepEqual(await find({ platform: 'web', naturalKey: { startsWith: 'https://' } }), ['a', 'b']);
      assert.deepEqual(await find({ naturalKey: 'https://a', deletedAt: null }), ['a']);
      assert.deepEqual(await find({ authorId: ['1', '2'], platform: 'web', naturalKey: 'https://b' }), ['b']);
      assert.deepEqual(await find({ revision: 1, authorId: null }), ['c']);
    });

    withStore('by how a string starts, letter for letter', async (store) => {
      const tricky = [
        '',
        '%',
        '_',
        '*',
        '.',
        '^',
        '\\',
        '[a',
        'a%b',
        'A',
        'a',
        'ä',
        'a\u0308',
        '\ud7ff',
        '\u{10ffff}',
        '😀',
      ];
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.oneof(text, fc.constantFrom(...tricky)), { maxLength: 8 }),
          fc.oneof(text, fc.constantFrom(...tricky)),
          fc.boolean(),
          async (values, prefix, isPrefixed) => {
            for (const { _id } of await all(store, 'notes', {}, { fields: [] })) {
              await store.delete('notes', _id);
            }
            const shelves = values.map((value, index) => (isPrefixed && index % 2 === 0 ? prefix + value : value));
            for (const [index, shelf] of shelves.entries()) {
              await store.put('notes', { _id: String(index), shelf });
            }
            await store.put('notes', { _id: 'number', shelf: 1 });
            await store.put('notes', { _id: 'without' });
            const expected = shelves.flatMap((shelf, index) => (shelf.startsWith(prefix) ? [String(index)] : []));
            assert.deepEqual(await idsOf(store, { shelf: { startsWith: prefix } }), expected);
            assert.equal(await store.count('notes', { shelf: { startsWith: prefix } }), expected.length);
          },
        ),
        { numRuns: 60 },
      );
    });

    withStore('seeing what stays exactly once while others are written and removed', async (store) => {
      const ids = await fill(store, 1_500);
      const seen: string[] = [];
      for await (const { _id } of store.find('notes')) {
        seen.push(_id);
        const index = ids.indexOf(_id);
        if (index % 50 === 0) {
          await store.delete('notes', ids[index - 1] ?? 'none');
          await store.delete('notes', ids[index + 1] ?? 'none');
          await store.put('notes', { _id: `${_id}-later`, shelf: 'new' });
          await store.put('notes', { _id, shelf: 'changed' });
        }
      }
      assert.deepEqual(seen, [...new Set(seen)].toSorted());
      const stays = ids.filter((_, index) => index % 50 > 1 && index % 50 < 49);
      const unseen = new Set(stays).difference(new Set(seen));
      assert.deepEqual([...unseen], []);
    });

    withStore('for as long as they are wanted', async (store) => {
      await fill(store, 600);
      for await (const { _id } of store.find('notes')) {
        assert.ok(_id);
        break;
      }
      await store.put('notes', { _id: 'still-writable' });
    });
  });
}

async function all(
  store: DocumentStore,
  collection: string,
  filter?: Parameters<DocumentStore['find']>[1],
  options?: FindOptions,
): Promise<StoredDocument[]> {
  return await gather(store.find(collection, filter, options));
}

async function idsOf(
  store: DocumentStore,
  filter?: Parameters<DocumentStore['find']>[1],
  options?: FindOptions,
): Promise<string[]> {
  return (await all(store, 'notes', filter, options)).map(({ _id }) => _id);
}

/** @returns the ids, in order; the shelf of each is its index modulo 10 */
async function fill(store: DocumentStore, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, index) => `note-${String(index).padStart(6, '0')}`);
  for (const [index, _id] of ids.entries()) {
    await store.put('notes', { _id, shelf: index % 10 });
  }
  return ids;
}

/** With bytes as plain `Uint8Array`, as some drivers give a `Buffer`. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) {
    return new Uint8Array(value);
  }
  if (Array.isArray(value)) {
    return value.map(plain);
  }
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]))
    : value;
}
