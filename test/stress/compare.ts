import assert from 'node:assert/strict';
import { join } from 'node:path';
import { HashingEmbedder } from '../../runtime/adapters/embedders/hashing-embedder.ts';
import { Database } from '../../runtime/adapters/sqlite/database.ts';
import { rawStoreFormat } from '../../runtime/adapters/sqlite/raw-store-format.ts';
import { SqliteDocumentStore } from '../../runtime/adapters/sqlite/sqlite-document-store.ts';
import { SqliteFeatureStore } from '../../runtime/adapters/sqlite/sqlite-feature-store.ts';
import { capturedCollections } from '../../runtime/domain/change.ts';
import { FeaturePipeline } from '../../runtime/features/pipeline.ts';
import { collections } from '../../runtime/odm/collections.ts';
import { RawDocuments } from '../../runtime/odm/raw-documents.ts';
import { Users } from '../../runtime/odm/users.ts';
import type { FeatureStore } from '../../runtime/ports/feature-store.ts';

const queries = ['crash position', 'morning coffee', 'vector', 'nothing was again'];

/**
 * Compares the feature store of a workspace with a new one made from its raw store: documents, manifests, chunks,
 * vectors, and what searches answer.
 * @returns how much was compared
 */
export async function assertSameFeatures(home: string): Promise<string> {
  const embedder = new HashingEmbedder();
  const pipeline = new FeaturePipeline(embedder);
  await using features = new SqliteFeatureStore(join(home, 'features.sqlite'));
  await features.prepare({ dimensions: embedder.dimensions });
  await using fresh = new SqliteFeatureStore(join(home, 'fresh.sqlite'));
  await fresh.prepare({ dimensions: embedder.dimensions });
  await using store = new SqliteDocumentStore(new Database(join(home, 'raw.sqlite'), rawStoreFormat));
  await store.prepare(collections);
  await indexAll(store, pipeline, fresh);

  await assertSameRows(features.documents({}), fresh.documents({}), ({ document }) => document.documentId);
  await assertSameRows(features.chunks({}), fresh.chunks({}), ({ chunk }) => chunk.id);
  const { documents, chunks } = await features.counts();
  assert.ok(documents > 0, 'there was something to compare');
  // All that can be found: a cut through equal scores could fall differently in two stores that hold the same.
  for (const query of queries) {
    const vectors = await pipeline.vectorsForQuery(query);
    for (const weights of [
      { dense: 1, sparse: 0 },
      { dense: 0, sparse: 1 },
    ]) {
      const request = { vectors, filter: {}, limit: chunks, weights };
      assert.deepEqual(found(await features.search(request)), found(await fresh.search(request)), query);
    }
  }
  return `${documents} documents, ${chunks} chunks`;
}

/** Fails with the first row that differs, rather than with all of them. */
async function assertSameRows<Row>(
  actual: AsyncIterable<Row>,
  expected: AsyncIterable<Row>,
  idOf: (row: Row) => string,
): Promise<void> {
  const [left, right] = [await Array.fromAsync(actual), await Array.fromAsync(expected)];
  const ids = (rows: readonly Row[]): Set<string> => new Set(rows.map(idOf));
  assert.deepEqual([...ids(left).difference(ids(right))], [], 'orphans: only the tested store has these');
  assert.deepEqual([...ids(right).difference(ids(left))], [], 'missing: only the fresh store has these');
  for (const [index, row] of left.entries()) assert.deepEqual(row, right[index]);
  assert.equal(left.length, right.length);
}

function found(hits: Awaited<ReturnType<FeatureStore['search']>>): string[] {
  return hits.map(({ chunk }) => chunk.id).toSorted();
}

async function indexAll(store: SqliteDocumentStore, pipeline: FeaturePipeline, target: FeatureStore): Promise<void> {
  const documents = new RawDocuments(store);
  const users = new Users(store);
  for (const collection of capturedCollections) {
    for await (const { _id } of store.find(collection, { deletedAt: null }, { fields: [] })) {
      const document = await documents.get(collection, _id);
      assert.ok(document !== undefined);
      const author = await users.get(document.authorId);
      assert.ok(author !== undefined);
      const { features, manifest, writes } = await pipeline.process(
        document,
        author.name,
        undefined,
        AbortSignal.timeout(60_000),
      );
      await target.replace(features, manifest, writes);
    }
  }
}
