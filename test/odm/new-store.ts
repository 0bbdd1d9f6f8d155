import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Database } from '../../runtime/adapters/sqlite/database.ts';
import { rawStoreFormat } from '../../runtime/adapters/sqlite/raw-store-format.ts';
import { SqliteChangeFeed } from '../../runtime/adapters/sqlite/sqlite-change-feed.ts';
import { SqliteDocumentStore } from '../../runtime/adapters/sqlite/sqlite-document-store.ts';
import { collections } from '../../runtime/odm/collections.ts';

/** A prepared store in a folder that goes with it. */
export async function newStore() {
  const folder = await mkdtempDisposable(join(tmpdir(), 'odm-'));
  const database = new Database(join(folder.path, 'raw.sqlite'), rawStoreFormat);
  const store = new SqliteDocumentStore(database);
  const feed = new SqliteChangeFeed(database);
  await store.prepare(collections);
  return {
    store,
    feed,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await folder.remove();
    },
  };
}
