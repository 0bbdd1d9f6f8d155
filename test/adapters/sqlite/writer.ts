import { writeSync } from 'node:fs';
import { Database } from '../../../runtime/adapters/sqlite/database.ts';
import { rawStoreFormat } from '../../../runtime/adapters/sqlite/raw-store-format.ts';
import { SqliteDocumentStore } from '../../../runtime/adapters/sqlite/sqlite-document-store.ts';
import { collections } from '../../../runtime/odm/collections.ts';

/** Writes documents one by one, and each one's id to stdout once the store has confirmed it. */
const [file = '', prefix = '', count = '', shared = ''] = process.argv.slice(2);
await using store = new SqliteDocumentStore(new Database(file, rawStoreFormat));
await store.prepare(collections);
for (let index = 1; index <= Number(count); index += 1) {
  const _id = `${prefix.repeat(8)}-0000-4000-8000-${String(index).padStart(12, '0')}`;
  await store.insert('code', { _id, revision: 1, bytes: new Uint8Array(2_000) });
  while (shared !== '') {
    const before = await store.get('code', shared);
    const revision = Number(before?.['revision']);
    const after = { _id: shared, revision: revision + 1, sum: Number(before?.['sum']) + 1 };
    if (await store.replace('code', after, revision)) {
      break;
    }
  }
  writeSync(1, `${_id}\n`);
}
