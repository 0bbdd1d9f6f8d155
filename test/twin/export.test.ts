import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { documentId } from '../../runtime/domain/identity.ts';
import { exportRows } from '../../runtime/twin/export.ts';
import { gather } from '../contracts/gather.ts';
import { dimensions, openLibrary } from './library.ts';

const article = documentId('web', 'https://ada.example/queues');

describe('An export', { concurrency: true }, () => {
  test('of documents has one row each, with what made its features', async () => {
    await using library = await openLibrary();
    const rows = await gather(exportRows(library.features, 'documents', {}, { vectors: false }));
    assert.equal(rows.length, 3);
    const row = rows.find((each) => each['documentId'] === article);
    assert.deepEqual(JSON.parse(JSON.stringify(row)), {
      documentId: article,
      kind: 'article',
      platform: 'web',
      authorId: row?.['authorId'],
      author: 'Ada Lovelace',
      link: 'https://ada.example/queues',
      title: 'Dead letters',
      publishedAt: '2025-03-01T00:00:00.000Z',
      language: 'en',
      revision: 1,
      fingerprint: library.pipeline.fingerprint,
      chunks: 1,
    });
  });

  test('of chunks has one row each, with the facts of its document', async () => {
    await using library = await openLibrary();
    const rows = await gather(exportRows(library.features, 'chunks', {}, { vectors: false }));
    assert.equal(rows.length, (await library.features.counts()).chunks);
    const row = rows.find((each) => each['documentId'] === article);
    assert.equal(row?.['title'], 'Dead letters');
    assert.match(JSON.stringify(row['chunk']), /"text":"A queue keeps what was sent/);
    assert.ok(rows.every((each) => !('vector' in each)));
  });

  test('has the vectors when they are asked for, as JSON has numbers', async () => {
    await using library = await openLibrary();
    const [row] = await gather(exportRows(library.features, 'chunks', {}, { vectors: true }));
    const vector: unknown = JSON.parse(JSON.stringify(row))['vector'];
    assert.ok(Array.isArray(vector) && vector.every((component) => typeof component === 'number'));
    assert.equal(vector.length, dimensions);
    assert.ok(Math.abs(Math.hypot(...vector) - 1) < 1e-5);
  });

  test('keeps to the filter', async () => {
    await using library = await openLibrary();
    for (const kind of ['chunks', 'documents'] as const) {
      const rows = await gather(exportRows(library.features, kind, { kinds: ['code'] }, { vectors: false }));
      assert.deepEqual(new Set(rows.map((each) => each['platform'])), new Set(['github']));
      assert.deepEqual(await gather(exportRows(library.features, kind, { authorIds: [] }, { vectors: true })), []);
    }
  });
});
