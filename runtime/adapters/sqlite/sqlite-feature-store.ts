import { setImmediate } from 'node:timers/promises';
import { getLoadablePath } from 'sqlite-vec';
import { Misconfigured } from '../../domain/errors.ts';
import type { DocumentFeatures, FeatureFilter, Manifest } from '../../domain/features.ts';
import type {
  ChunkWrite,
  FeatureQuery,
  FeatureStore,
  ScoredChunk,
  StoredChunk,
  StoredFeatures,
} from '../../ports/feature-store.ts';
import { Database, type Row } from './database.ts';
import { scopeOf } from './sqlite-feature-filter.ts';
import { featureFormat } from './sqlite-feature-format.ts';
import { chunkColumns, chunkOf, documentColumns, documentOf, vectorOf } from './sqlite-feature-rows.ts';
import { searchFeatures } from './sqlite-feature-search.ts';
import { FeatureWriter } from './sqlite-feature-writer.ts';

/**
 * Holds the vectors of some 30,000 chunks of 384 dimensions, so that a search reads no file; more costs time only. Who
 * only writes does without.
 */
const searchCacheKibibytes = 65_536;
/** Rows in memory at once while everything is read. */
const documentsPerPage = 200;
const chunksPerPage = 100;

const dimensionsSetting = "SELECT value FROM settings WHERE name = 'dimensions'";

/**
 * Features in one SQLite file: exact vector search by `sqlite-vec`'s distance functions over a plain table, BM25 by
 * FTS5. Work is synchronous within a call: while it writes or searches (some 20 ms over 20,000 chunks of 384
 * dimensions, growing linearly) the process does nothing else.
 *
 * Any number of processes may have the file open. Constructor and methods throw as `Database` does.
 */
export class SqliteFeatureStore implements FeatureStore {
  readonly #database: Database;
  readonly #writer: FeatureWriter;
  #cacheIsLarge = false;
  #dimensions: number | undefined;

  constructor(file: string) {
    this.#database = new Database(file, featureFormat, { extensions: [vectorExtension()] });
    this.#writer = new FeatureWriter(this.#database);
  }

  async prepare({ dimensions }: { readonly dimensions: number }): Promise<void> {
    // Looked at before, so that a process which only reads does not wait for one that writes.
    if (this.#database.get(dimensionsSetting) === undefined) {
      this.#database.run("INSERT OR IGNORE INTO settings (name, value) VALUES ('dimensions', ?)", dimensions);
    }
    const stored = this.#storedDimensions();
    if (stored !== dimensions) {
      throw new Misconfigured(
        `${this.#database.file} holds vectors of ${stored} dimensions, and the embedder makes ${dimensions}: ` +
          'use the embedder it was filled with, or move the file away and run a backfill.',
      );
    }
  }

  async completeFor(): Promise<string | undefined> {
    const origin = this.#database.get("SELECT value FROM settings WHERE name = 'complete_for'")?.['value'];
    return origin === undefined ? undefined : String(origin);
  }

  async markComplete(origin: string): Promise<void> {
    this.#database.run("INSERT OR REPLACE INTO settings (name, value) VALUES ('complete_for', ?)", origin);
  }

  async manifest(documentId: string): Promise<Manifest | undefined> {
    const row = this.#database.get('SELECT number, revision, fingerprint FROM documents WHERE id = ?', documentId);
    return row === undefined ? undefined : this.#manifestOf(row);
  }

  async replace(
    document: DocumentFeatures,
    manifest: Manifest,
    chunks: readonly ChunkWrite[],
  ): Promise<{ added: number; kept: number; removed: number }> {
    const dimensions = this.#storedDimensions();
    return this.#database.transaction(() => this.#writer.replace(document, manifest, chunks, dimensions));
  }

  async remove(documentId: string): Promise<number> {
    return this.#database.transaction(() => this.#writer.remove(documentId));
  }

  async search(query: FeatureQuery): Promise<readonly ScoredChunk[]> {
    if (!this.#cacheIsLarge) {
      this.#database.exec(`PRAGMA cache_size = -${searchCacheKibibytes}`);
      this.#cacheIsLarge = true;
    }
    const dimensions = this.#storedDimensions();
    return this.#snapshot(() => searchFeatures(this.#database, query, dimensions));
  }

  async *documents(filter: FeatureFilter): AsyncGenerator<StoredFeatures, void, undefined> {
    for await (const rows of this.#documentPages(filter)) {
      yield* rows.map((row) => ({ document: documentOf(row), manifest: this.#manifestOf(row) }));
    }
  }

  async *chunks(filter: FeatureFilter): AsyncGenerator<StoredChunk & { dense: Float32Array }, void, undefined> {
    const dimensions = this.#storedDimensions();
    for await (const rows of this.#documentPages(filter)) {
      for (const row of rows) {
        const document = documentOf(row);
        for await (const chunkRow of this.#chunksOf(Number(row['number']))) {
          yield { document, chunk: chunkOf(chunkRow), dense: vectorOf(chunkRow['dense'], dimensions) };
        }
      }
    }
  }

  async counts(): Promise<{ documents: number; chunks: number }> {
    return this.#snapshot(() => ({
      documents: Number(this.#database.get('SELECT count(*) AS documents FROM documents')?.['documents']),
      chunks: Number(this.#database.get('SELECT count(*) AS chunks FROM vectors')?.['chunks']),
    }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#database[Symbol.dispose]();
  }

  /** @throws Misconfigured when the store was never prepared */
  #storedDimensions(): number {
    if (this.#dimensions === undefined) {
      const row = this.#database.get(dimensionsSetting);
      if (row === undefined) {
        throw new Misconfigured(`${this.#database.file} has not been prepared: run "twin bootstrap".`);
      }
      this.#dimensions = Number(row['value']);
    }
    return this.#dimensions;
  }

  #manifestOf(row: Row): Manifest {
    const chunks = this.#database.all(
      'SELECT id, hash FROM chunks WHERE document = ? ORDER BY ordinal',
      Number(row['number']),
    );
    return {
      revision: Number(row['revision']),
      fingerprint: String(row['fingerprint']),
      chunks: Object.fromEntries(chunks.map((chunk) => [String(chunk['id']), String(chunk['hash'])])),
    };
  }

  /** All that `body` reads is of one moment, whatever other processes commit meanwhile. It never waits for a writer. */
  #snapshot<Result>(body: () => Result): Result {
    this.#database.exec('BEGIN');
    try {
      return body();
    } finally {
      this.#database.exec('ROLLBACK');
    }
  }

  async *#documentPages(filter: FeatureFilter): AsyncGenerator<readonly Row[], void, undefined> {
    for (let after = '', rows: readonly Row[] = []; ; ) {
      // By page, as facets may come and go between them.
      const { conditions, parameters } = scopeOf(this.#database, filter);
      rows = this.#database.all(
        `SELECT documents.number, revision, fingerprint, ${documentColumns}
         FROM documents INDEXED BY sqlite_autoindex_documents_1 JOIN facets ON facets.number = facet
         WHERE documents.id > ?${conditions} ORDER BY documents.id LIMIT ${documentsPerPage}`,
        after,
        ...parameters,
      );
      yield rows;
      const last = rows.at(-1);
      if (last === undefined) {
        return;
      }
      after = String(last['document_id']);
      await setImmediate();
    }
  }

  async *#chunksOf(document: number): AsyncGenerator<Row, void, undefined> {
    for (let ordinal = -1, chunk = 0; ; ) {
      const rows = this.#database.all(
        `SELECT chunks.number, ${chunkColumns}, dense FROM chunks JOIN vectors ON vectors.chunk = chunks.number
         WHERE document = ? AND (ordinal, chunks.number) > (?, ?) ORDER BY ordinal, chunks.number LIMIT ${chunksPerPage}`,
        document,
        ordinal,
        chunk,
      );
      yield* rows;
      const last = rows.at(-1);
      if (last === undefined || rows.length < chunksPerPage) {
        return;
      }
      ordinal = Number(last['ordinal']);
      chunk = Number(last['number']);
      await setImmediate();
    }
  }
}

function vectorExtension(): string {
  try {
    return getLoadablePath();
  } catch (cause) {
    throw new Misconfigured('The npm package sqlite-vec has no binary for this platform.', { cause });
  }
}
