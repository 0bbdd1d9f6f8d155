import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RejectedInput } from '../../runtime/domain/errors.ts';
import { documentId } from '../../runtime/domain/identity.ts';
import { RawDocuments } from '../../runtime/odm/raw-documents.ts';
import { snapshotOf } from '../../runtime/odm/snapshot.ts';
import { Users } from '../../runtime/odm/users.ts';
import { codeDraftOf, day, draftOf, payloadOf } from './draft.ts';
import { newStore } from './new-store.ts';

const link = 'https://example.org/engines';

describe('A raw document', () => {
  test('is created once, with the identity, hash, revision and times that the store gives it', async () => {
    await using place = await newStore();
    const documents = new RawDocuments(place.store);
    const draft = draftOf(link, 'It *weaves* patterns.');
    const id = documentId('web', link);
    assert.deepEqual(await documents.put(draft, day(1)), { documentId: id, result: 'created', revision: 1 });
    const document = await documents.get('articles', id);
    assert.ok(document?.kind === 'article');
    assert.equal(document._id, id);
    assert.equal(document.revision, 1);
    assert.equal(document.crawledAt, '2026-01-01T00:00:00.000Z');
    assert.equal(document.changedAt, '2026-01-01T00:00:00.000Z');
    assert.deepEqual(document.content, draft.content);
    assert.equal('publishedAt' in document, false);
    assert.deepEqual(document.snapshot, await snapshotOf(draft.payload));
  });

  test('that is found as it was is not written at all, whatever its payload', async () => {
    await using place = await newStore();
    const documents = new RawDocuments(place.store);
    await documents.put(draftOf(link, 'same'), day(1));
    const head = await place.feed.head();
    const before = await documents.get('articles', documentId('web', link));
    const again = { ...draftOf(link, 'same'), payload: payloadOf('<html class="new-layout">same</html>') };
    assert.deepEqual(await documents.put(again, day(2)), {
      documentId: documentId('web', link),
      result: 'unchanged',
      revision: 1,
    });
    assert.equal(await place.feed.head(), head);
    assert.deepEqual(await documents.get('articles', documentId('web', link)), before);
  });

  test('gets the next revision with each change of what a reader can see', async () => {
    await using place = await newStore();
    const documents = new RawDocuments(place.store);
    const draft = draftOf(link, 'one');
    const versions = [
      draft,
      draftOf(link, 'two'),
      { ...draftOf(link, 'two'), title: 'Renamed' },
      { ...draftOf(link, 'two'), title: undefined },
      { ...draftOf(link, 'two'), title: undefined, publishedAt: '2025-05-05T00:00:00.000Z' },
      { ...draft, link: 'https://example.org/moved' },
    ];
    for (const [index, version] of versions.entries()) {
      const { result, revision } = await documents.put(version, day(index + 1));
      assert.deepEqual([result, revision], [index === 0 ? 'created' : 'updated', index + 1]);
    }
    const document = await documents.get('articles', documentId('web', link));
    assert.equal(document?.link, 'https://example.org/moved');
    assert.equal(document?.changedAt, '2026-01-06T00:00:00.000Z');
    assert.deepEqual(await place.feed.lag().then(({ changes }) => changes), versions.length);
  });

  test('of code is as it was when only the commit is another, and names the commit it was first seen at', async () => {
    await using place = await newStore();
    const documents = new RawDocuments(place.store);
    const { documentId: id } = await documents.put(codeDraftOf('a.ts', 'let a;', 'c1'), day(1));
    assert.equal((await documents.put(codeDraftOf('a.ts', 'let a;', 'c2'), day(2))).result, 'unchanged');
    const before = await documents.get('code', id);
    assert.ok(before?.kind === 'code' && before.content.commit === 'c1');
    assert.equal((await documents.put(codeDraftOf('a.ts', 'let b;', 'c3'), day(3))).result, 'updated');
    const after = await documents.get('code', id);
    assert.ok(after?.kind === 'code' && after.content.commit === 'c3');
  });

  test('that its origin lost becomes a tombstone with its content, once, and can come back', async () => {
    await using place = await newStore();
    const documents = new RawDocuments(place.store);
    const { documentId: id } = await documents.put(draftOf(link, 'text'), day(1));
    assert.equal(await documents.markDeleted(id, day(2)), true);
    assert.equal(await documents.markDeleted(id, day(3)), false);
    const tombstone = await documents.get('articles', id);
    assert.ok(tombstone?.kind === 'article');
    assert.equal(tombstone.deletedAt, '2026-01-02T00:00:00.000Z');
    assert.equal(tombstone.revision, 2);
    assert.equal(tombstone.content.markdown, 'text');
    assert.deepEqual(await documents.put(draftOf(link, 'text'), day(4)), {
      documentId: id,
      result: 'updated',
      revision: 3,
    });
    assert.equal((await documents.get('articles', id))?.deletedAt, undefined);
  });

  test('written by many at once gets each revision once, and ends as one of them wrote it', async () => {
    await using place = await newStore();
    const documents = new RawDocuments(place.store);
    const results = await Promise.all(
      Array.from({ length: 12 }, (_, index) => documents.put(draftOf(link, `text ${index}`), day(1))),
    );
    const revisions = results.map(({ revision }) => revision).toSorted((a, b) => a - b);
    assert.deepEqual(
      revisions,
      Array.from({ length: 12 }, (_, index) => index + 1),
    );
    assert.equal(results.filter(({ result }) => result === 'created').length, 1);
    assert.equal((await documents.get('articles', documentId('web', link)))?.revision, 12);
  });

  test('that becomes one of another kind leaves the collection that it was in', async () => {
    await using place = await newStore();
    const documents = new RawDocuments(place.store);
    const { documentId: id } = await documents.put(draftOf(link, 'text'), day(1));
    const { content: _content, kind: _kind, ...rest } = draftOf(link, 'text');
    await documents.put({ ...rest, kind: 'post', content: { text: 'text' } }, day(2));
    assert.equal((await documents.get('articles', id))?.deletedAt, '2026-01-02T00:00:00.000Z');
    assert.equal((await documents.get('posts', id))?.deletedAt, undefined);
    await documents.put(draftOf(link, 'text'), day(3));
    assert.equal((await documents.get('articles', id))?.deletedAt, undefined);
    assert.equal((await documents.get('posts', id))?.deletedAt, '2026-01-03T00:00:00.000Z');
  });

  test('that is malformed is rejected, on its way in and on its way out', async () => {
    await using place = await newStore();
    const documents = new RawDocuments(place.store);
    const isMalformed = (error: unknown) => error instanceof RejectedInput && error.reason === 'malformed_document';
    const undated = { ...draftOf(link, 'text'), publishedAt: 'yesterday' };
    await assert.rejects(documents.put(undated, day(1)), isMalformed);
    const id = documentId('web', link);
    assert.equal(await documents.get('articles', id), undefined);
    await place.store.put('articles', { _id: id, revision: 1, kind: 'article', content: 'flat' });
    await assert.rejects(
      documents.get('articles', id),
      (error) => isMalformed(error) && error instanceof RejectedInput && /articles\/[\s\S]*content/.test(error.message),
    );
  });
});

describe('A malformed raw document', () => {
  const id = documentId('web', link);
  const malformed = { _id: id, revision: 4, platform: 'web', naturalKey: link, kind: 'article', content: 'flat' };

  test('can be marked deleted, and stays otherwise as it is', async () => {
    await using place = await newStore();
    const documents = new RawDocuments(place.store);
    await place.store.put('articles', malformed);
    assert.equal(await documents.markDeleted(id, day(2)), true);
    const at = '2026-01-02T00:00:00.000Z';
    assert.deepEqual(await place.store.get('articles', id), {
      ...malformed,
      revision: 5,
      changedAt: at,
      deletedAt: at,
    });
    assert.equal(await documents.markDeleted(id, day(3)), false);
    assert.deepEqual(await documents.idsUnder('web', link), new Map());
  });

  test('is replaced by what is found anew, of whichever kind', async () => {
    await using place = await newStore();
    const documents = new RawDocuments(place.store);
    await place.store.put('posts', malformed);
    assert.equal((await documents.put(draftOf(link, 'text'), day(2))).result, 'created');
    assert.equal((await place.store.get('posts', id))?.['deletedAt'], '2026-01-02T00:00:00.000Z');
    await place.store.put('articles', malformed);
    assert.equal((await documents.put(draftOf(link, 'text'), day(3))).revision, 5);
  });
});

describe('Raw documents', () => {
  test('are known by the beginning of their natural keys, without those of others and deleted ones', async () => {
    await using place = await newStore();
    const documents = new RawDocuments(place.store);
    const keys = ['a.ts', 'b.ts', 'c.ts'];
    for (const path of keys) {
      await documents.put(codeDraftOf(path, path, 'c1'), day(1));
    }
    await documents.put({ ...draftOf('ada/engine/README.md', 'read me'), platform: 'github' }, day(1));
    await documents.put({ ...codeDraftOf('a.ts', 'x', 'c1'), naturalKey: 'ada/engine2/a.ts' }, day(1));
    await documents.put(draftOf('ada/engine/web', 'not of this platform'), day(1));
    await documents.markDeleted(documentId('github', 'ada/engine/c.ts'), day(2));
    const ids = await documents.idsUnder('github', 'ada/engine/');
    const expected = ['ada/engine/a.ts', 'ada/engine/b.ts', 'ada/engine/README.md'];
    assert.deepEqual([...ids.keys()].toSorted(), expected.toSorted());
    for (const [key, id] of ids) {
      assert.equal(id, documentId('github', key));
    }
  });

  test('are found by their ids with their links, unless they are deleted', async () => {
    await using place = await newStore();
    const documents = new RawDocuments(place.store);
    const { documentId: id } = await documents.put({ ...draftOf('key', 'text'), link }, day(1));
    const { documentId: file } = await documents.put(codeDraftOf('a.ts', 'a', 'c1'), day(1));
    assert.equal(await documents.linkOf(id), link);
    assert.equal(await documents.linkOf(file), 'https://github.com/ada/engine/blob/HEAD/a.ts');
    await documents.markDeleted(id, day(2));
    assert.equal(await documents.linkOf(id), undefined);
    assert.equal(await documents.linkOf(documentId('web', 'another')), undefined);
  });

  test('are counted by collection, without what is deleted', async () => {
    await using place = await newStore();
    const documents = new RawDocuments(place.store);
    assert.deepEqual(await documents.counts(), { articles: 0, posts: 0, code: 0, repositories: 0, users: 0 });
    await documents.put(draftOf(link, 'text'), day(1));
    await documents.put(codeDraftOf('a.ts', 'a', 'c1'), day(1));
    const { documentId: id } = await documents.put(codeDraftOf('b.ts', 'b', 'c1'), day(1));
    await documents.markDeleted(id, day(2));
    await new Users(place.store).getOrCreate('Ada', day(1));
    assert.deepEqual(await documents.counts(), { articles: 1, posts: 0, code: 1, repositories: 0, users: 1 });
  });
});
