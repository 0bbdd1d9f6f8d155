import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { SqliteFeatureStore } from '../../../runtime/adapters/sqlite/sqlite-feature-store.ts';
import { Misconfigured, RejectedInput } from '../../../runtime/domain/errors.ts';
import {
  contentsOf,
  denseOf,
  dimensions,
  documentNamed,
  matching,
  nearest,
  noDirection,
  put,
  textsOf,
  versionOf,
} from '../../contracts/feature-fixtures.ts';
import { featureStoreContract } from '../../contracts/feature-store.contract.ts';
import { chunksPerVersion, documentCount, writtenVersion } from './feature-store-writer.ts';

async function temporaryFile() {
  const directory = await mkdtemp(join(tmpdir(), 'twinstream-features-'));
  return {
    file: join(directory, 'features.sqlite'),
    [Symbol.asyncDispose]: async () => rmSync(directory, { recursive: true }),
  };
}

featureStoreContract('SqliteFeatureStore', async () => {
  const place = await temporaryFile();
  return { ...place, open: async () => new SqliteFeatureStore(place.file) };
});

async function filledFile() {
  const place = await temporaryFile();
  await using store = new SqliteFeatureStore(place.file);
  await store.prepare({ dimensions });
  for (let index = 0; index < 50; index += 1) {
    await put(store, versionOf(documentNamed(`d${index}`), ['some words', `word ${index}`]));
  }
  return place;
}

/** What the tables say among themselves, read past the adapter. */
function assertSound(file: string): void {
  const database = new DatabaseSync(file);
  try {
    assert.deepEqual({ ...database.prepare('PRAGMA integrity_check').get() }, { integrity_check: 'ok' });
    database.exec("INSERT INTO chunk_terms (chunk_terms) VALUES ('integrity-check')");
    const numbers = (sql: string) =>
      database
        .prepare(sql)
        .all()
        .map((row) => row['number']);
    const chunks = numbers('SELECT number FROM chunks ORDER BY number');
    assert.deepEqual(numbers('SELECT chunk AS number FROM vectors ORDER BY chunk'), chunks);
    assert.deepEqual(numbers('SELECT rowid AS number FROM chunk_terms ORDER BY rowid'), chunks);
    assert.deepEqual(numbers('SELECT number FROM chunks WHERE document NOT IN (SELECT number FROM documents)'), []);
    assert.deepEqual(numbers('SELECT number FROM facets WHERE number NOT IN (SELECT facet FROM documents)'), []);
  } finally {
    database.close();
  }
}

describe('SqliteFeatureStore: its file', () => {
  it('must be prepared before vectors go in or are searched', async () => {
    await using place = await temporaryFile();
    await using store = new SqliteFeatureStore(place.file);
    await assert.rejects(put(store, versionOf(documentNamed('a'), ['one'])), Misconfigured);
    await assert.rejects(nearest(store, denseOf('one')), Misconfigured);
    assert.equal(await store.manifest(documentNamed('a').documentId), undefined);
  });

  it('is refused when a newer version wrote it, when it is something else, and when it is damaged', async () => {
    const damages: readonly ((file: string) => void)[] = [
      (file) => {
        const database = new DatabaseSync(file);
        database.exec('PRAGMA user_version = 1000');
        database.close();
      },
      (file) => {
        const database = new DatabaseSync(file);
        database.exec('PRAGMA application_id = 1');
        database.close();
      },
      (file) => {
        const descriptor = openSync(file, 'r+');
        writeSync(descriptor, Buffer.from('this is not a database, is it?'), 0, undefined, 0);
        closeSync(descriptor);
      },
      (file) => truncateSync(file, Math.floor(statSync(file).size / 3)),
      (file) => {
        const bytes = readFileSync(file);
        const descriptor = openSync(file, 'r+');
        writeSync(descriptor, Buffer.alloc(bytes.length - 4_096, 0xa5), 0, undefined, 4_096);
        closeSync(descriptor);
      },
    ];
    for (const damage of damages) {
      await using place = await filledFile();
      damage(place.file);
      await assert.rejects(async () => {
        await using store = new SqliteFeatureStore(place.file);
        await contentsOf(store);
      }, Misconfigured);
    }
  });

  it('holds no trace of what was removed, and nothing twice', async () => {
    await using place = await filledFile();
    {
      await using store = new SqliteFeatureStore(place.file);
      for (let index = 0; index < 50; index += 2) {
        await store.remove(documentNamed(`d${index}`).documentId);
        const moved = documentNamed(`d${index + 1}`, { language: `language ${index}` });
        await put(store, versionOf(moved, ['other words'], { revision: 2 }));
      }
      assert.equal((await matching(store, ['words'], { limit: 100 })).length, 25);
    }
    assertSound(place.file);
  });

  it('leaves chunks without any direction out of what is near', async () => {
    await using place = await temporaryFile();
    await using store = new SqliteFeatureStore(place.file);
    await store.prepare({ dimensions });
    await put(store, versionOf(documentNamed('a'), [{ text: 'empty', dense: noDirection }, 'full']));
    assert.deepEqual(textsOf(await nearest(store, denseOf('anything'))), ['full']);
    assert.deepEqual(textsOf(await matching(store, ['empty'])), ['empty']);
    const { chunks } = await contentsOf(store);
    assert.deepEqual(chunks[0]?.dense, new Float32Array(dimensions));
  });

  it('refuses a document with one chunk twice and a time that is none', async () => {
    await using place = await filledFile();
    await using store = new SqliteFeatureStore(place.file);
    const before = await contentsOf(store);
    const { document, manifest, writes } = versionOf(documentNamed('d1'), ['word'], { revision: 2 });
    const because = (reason: string) => (error: unknown) => error instanceof RejectedInput && error.reason === reason;
    await assert.rejects(store.replace(document, manifest, [...writes, ...writes]), because('duplicate_chunk'));
    await assert.rejects(nearest(store, denseOf('x'), { filter: { since: 'yesterday' } }), because('invalid_since'));
    assert.deepEqual(await contentsOf(store), before);
  });
});

/** Of what another process replaces meanwhile: all chunks of one revision and the one that is in all of them. */
async function assertOneVersion(store: SqliteFeatureStore, name: string): Promise<void> {
  const found = await matching(store, ['live', name], { limit: 1_000 });
  const texts = textsOf(found).filter((text) => text.includes(name));
  assert.equal(texts.length, chunksPerVersion);
  assert.equal(new Set(texts.map((text) => text.split(' ')[2])).size, 2);
}

describe('SqliteFeatureStore: a second process that writes and is killed', () => {
  it('shows complete versions only, and has all that was acknowledged', async () => {
    for (const killAfter of [7, 100, 301]) {
      await using place = await temporaryFile();
      const writer = spawn(process.execPath, [join(import.meta.dirname, 'feature-store-writer.ts'), place.file], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const exited = once(writer, 'exit');
      const acknowledged = new Map<string, number>();
      let store: SqliteFeatureStore | undefined;
      try {
        let lines = 0;
        for await (const line of createInterface({ input: writer.stdout })) {
          const [name = '', revision = ''] = line.split(' ');
          acknowledged.set(name, Number(revision));
          lines += 1;
          store ??= new SqliteFeatureStore(place.file);
          if (lines % 10 === 0) {
            await assertOneVersion(store, name);
          }
          if (lines === killAfter) {
            writer.kill('SIGKILL');
          }
        }
      } finally {
        writer.kill('SIGKILL');
        await store?.[Symbol.asyncDispose]();
      }
      assert.deepEqual(await exited, [null, 'SIGKILL']);
      assert.equal(acknowledged.size, documentCount);

      await using reopened = new SqliteFeatureStore(place.file);
      const { documents, chunks } = await contentsOf(reopened);
      assert.equal(documents.length, documentCount);
      for (const [name, revision] of acknowledged) {
        const { documentId } = documentNamed(name);
        const manifest = await reopened.manifest(documentId);
        assert.ok(manifest !== undefined && manifest.revision >= revision, `${name} ${revision} was acknowledged`);
        const expected = writtenVersion(name, manifest.revision);
        assert.deepEqual(manifest, expected.manifest);
        assert.deepEqual(
          chunks.filter(({ document }) => document.documentId === documentId),
          expected.writes.map(({ chunk, vectors }) => ({ document: expected.document, chunk, dense: vectors.dense })),
        );
      }
      assertSound(place.file);
    }
  });
});
