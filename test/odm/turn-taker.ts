import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Database } from '../../runtime/adapters/sqlite/database.ts';
import { rawStoreFormat } from '../../runtime/adapters/sqlite/raw-store-format.ts';
import { SqliteDocumentStore } from '../../runtime/adapters/sqlite/sqlite-document-store.ts';
import { collections } from '../../runtime/odm/collections.ts';
import { Hosts } from '../../runtime/odm/hosts.ts';
import type { StoredDocument } from '../../runtime/ports/document-store.ts';

/** Prints the time of each turn that was written. */
class PrintingStore extends SqliteDocumentStore {
  override async insert(collection: string, document: StoredDocument): Promise<boolean> {
    return printed(await super.insert(collection, document), document);
  }

  override async replace(collection: string, document: StoredDocument, expectedRevision: number): Promise<boolean> {
    return printed(await super.replace(collection, document, expectedRevision), document);
  }
}

function printed(written: boolean, { turnAt }: StoredDocument): boolean {
  if (written) process.stdout.write(`${turnAt}\n`);
  return written;
}

/** A process of its own that takes turns of one host: `turn-taker.ts FOLDER INTERVAL COUNT`. */
const [folder = '', interval, count] = process.argv.slice(2);
await using store = new PrintingStore(new Database(join(folder, 'raw.sqlite'), rawStoreFormat));
await store.prepare(collections);
const hosts = new Hosts(store);
for (let taken = 0; taken < Number(count); ) {
  const waitMs = await hosts.takeTurn('blog.example', Number(interval), false);
  if (waitMs === 0) taken += 1;
  else await delay(waitMs);
}
