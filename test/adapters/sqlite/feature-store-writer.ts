import { SqliteFeatureStore } from '../../../runtime/adapters/sqlite/sqlite-feature-store.ts';
import { dimensions, documentNamed, keeping, put, versionOf } from '../../contracts/feature-fixtures.ts';

/** Every document has this many chunks in each of its versions; one of them is the same in all. */
export const chunksPerVersion = 5;
export const documentCount = 3;

export function writtenVersion(name: string, revision: number) {
  const texts = Array.from({ length: chunksPerVersion - 1 }, (_, index) => `live ${name} ${revision} ${index}`);
  return versionOf(documentNamed(name), [...texts, `live ${name} kept`], { revision });
}

/** A process that replaces documents until it is killed, and says which revision of which one is acknowledged. */
if (import.meta.main) {
  const store = new SqliteFeatureStore(process.argv[2] ?? '');
  await store.prepare({ dimensions });
  for (let revision = 1; ; revision += 1) {
    for (let index = 0; index < documentCount; index += 1) {
      const name = `document${index}`;
      const version = writtenVersion(name, revision);
      const keptText = `live ${name} kept`;
      if (revision === 1) {
        await put(store, version);
      } else {
        const fresh = version.writes.map(({ chunk }) => chunk.text).filter((text) => text !== keptText);
        await store.replace(version.document, version.manifest, keeping(version, fresh));
      }
      process.stdout.write(`${name} ${revision}\n`);
    }
  }
}
