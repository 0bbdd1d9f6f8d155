import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Database } from '../../../runtime/adapters/sqlite/database.ts';
import { rawStoreFormat } from '../../../runtime/adapters/sqlite/raw-store-format.ts';
import { SqliteChangeFeed } from '../../../runtime/adapters/sqlite/sqlite-change-feed.ts';
import { SqliteDocumentStore } from '../../../runtime/adapters/sqlite/sqlite-document-store.ts';
import type { ChangeFeedConnection } from '../../contracts/change-feed.contract.ts';

/** A folder with the file of a raw store, as the contracts want it. */
export async function createRawStorePlace() {
  const folder = await mkdtempDisposable(join(tmpdir(), 'raw-store-'));
  const file = join(folder.path, 'raw.sqlite');
  return {
    file,
    folder: folder.path,
    open: async () => new SqliteDocumentStore(new Database(file, rawStoreFormat)),
    connect: async () => connectRawStore(file),
    [Symbol.asyncDispose]: () => folder.remove(),
  };
}

export function connectRawStore(file: string): ChangeFeedConnection {
  const database = new Database(file, rawStoreFormat);
  const store = new SqliteDocumentStore(database);
  const feed = new SqliteChangeFeed(database);
  return {
    store,
    feed,
    async [Symbol.asyncDispose]() {
      await feed[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}
