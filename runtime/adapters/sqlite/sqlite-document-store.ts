import { setImmediate } from 'node:timers/promises';
import { Misconfigured } from '../../domain/errors.ts';
import type {
  CollectionDefinition,
  DocumentFilter,
  DocumentStore,
  FindOptions,
  StoredDocument,
} from '../../ports/document-store.ts';
import type { Database, Row } from './database.ts';
import { decodeDocument, encodeDocument, hasBytes, projectionOf } from './document-encoding.ts';
import { assertFieldNames, type Condition, conditionOf } from './document-filter.ts';
import { schemaOf, tableOf } from './raw-store-format.ts';

/** Ids that `find` looks up at a time: few first, for who needs few; then ever more, as each page sorts what matches. */
const firstPage = 256;
const largestPage = 16_384;
/** Documents read by one statement: whole ones may be large, and so are read one by one. */
const projectionsTogether = 256;
/** As long may `find` keep the event loop to itself. */
const turnMs = 10;

/** Keeps documents in a file of `rawStoreFormat`. Owns the database: closing the store closes it. */
export class SqliteDocumentStore implements DocumentStore {
  readonly #database: Database;
  /** Collection → table, of what was prepared. Only these names get into SQL. */
  readonly #tables = new Map<string, string>();

  constructor(database: Database) {
    this.#database = database;
  }

  async prepare(collections: readonly CollectionDefinition[]): Promise<void> {
    const needed = collections.flatMap(schemaOf);
    // Looked at first without the write lock: mostly there is nothing to do.
    if (this.#missing(needed).length > 0) {
      this.#database.transaction(() => {
        for (const { sql } of this.#missing(needed)) {
          this.#database.exec(sql);
        }
      });
    }
    for (const { name } of collections) {
      this.#tables.set(name, tableOf(name));
    }
  }

  async get(
    collection: string,
    id: string,
    options: Pick<FindOptions, 'fields'> = {},
  ): Promise<StoredDocument | undefined> {
    const row = this.#database.get(`${selectOf(this.#table(collection), options.fields)} WHERE _id = ?`, id);
    return row === undefined ? undefined : documentOf(row);
  }

  async insert(collection: string, document: StoredDocument): Promise<boolean> {
    const { fields, nested, bytes } = encodeDocument(document);
    const sql = `INSERT INTO ${this.#table(collection)} (_id, revision, fields, nested, bytes) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (_id) DO NOTHING`;
    return this.#database.run(sql, document._id, revisionOf(document), fields, nested, bytes) > 0;
  }

  async replace(collection: string, document: StoredDocument, expectedRevision: number): Promise<boolean> {
    const { fields, nested, bytes } = encodeDocument(document);
    const sql = `UPDATE ${this.#table(collection)} SET revision = ?, fields = ?, nested = ?, bytes = ?
      WHERE _id = ? AND revision = ?`;
    return this.#database.run(sql, revisionOf(document), fields, nested, bytes, document._id, expectedRevision) > 0;
  }

  async put(collection: string, document: StoredDocument): Promise<void> {
    const { fields, nested, bytes } = encodeDocument(document);
    const sql = `INSERT INTO ${this.#table(collection)} (_id, revision, fields, nested, bytes) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (_id) DO UPDATE SET revision = excluded.revision,
        fields = excluded.fields, nested = excluded.nested, bytes = excluded.bytes`;
    this.#database.run(sql, document._id, revisionOf(document), fields, nested, bytes);
  }

  async *find(
    collection: string,
    filter: DocumentFilter = {},
    options: FindOptions = {},
  ): AsyncGenerator<StoredDocument, void, undefined> {
    const table = this.#table(collection);
    const condition = conditionOf(filter);
    const select = selectOf(table, options.fields);
    const together = options.fields === undefined ? 1 : projectionsTogether;
    let after = options.after;
    let remaining = options.limit ?? Number.POSITIVE_INFINITY;
    let turnEndsAt = performance.now() + turnMs;
    for (let page = firstPage; remaining > 0; page = Math.min(page * 4, largestPage)) {
      const size = Math.min(page, remaining);
      const ids = this.#ids(table, condition, after, size);
      for (let start = 0; start < ids.length; start += together) {
        // They may have changed since their ids were looked up.
        for (const document of this.#readAll(select, ids.slice(start, start + together), condition)) {
          yield document;
          remaining -= 1;
        }
        if (performance.now() > turnEndsAt) {
          await setImmediate();
          turnEndsAt = performance.now() + turnMs;
        }
      }
      if (ids.length < size) {
        return;
      }
      after = ids.at(-1);
    }
  }

  async count(collection: string, filter: DocumentFilter = {}): Promise<number> {
    const { sql, parameters } = conditionOf(filter);
    const row = this.#database.get(
      `SELECT count(*) AS count FROM ${this.#table(collection)} WHERE TRUE${sql}`,
      ...parameters,
    );
    return Number(row?.['count']);
  }

  async delete(collection: string, id: string): Promise<boolean> {
    return this.#database.run(`DELETE FROM ${this.#table(collection)} WHERE _id = ?`, id) > 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#database[Symbol.dispose]();
  }

  #table(collection: string): string {
    const table = this.#tables.get(collection);
    if (table === undefined) {
      throw new Misconfigured(`The collection ${JSON.stringify(collection)} was not prepared.`);
    }
    return table;
  }

  #missing<Needed extends { readonly name: string }>(needed: readonly Needed[]): readonly Needed[] {
    const present = new Set(this.#database.all('SELECT name FROM sqlite_schema').map((row) => row['name']));
    return needed.filter(({ name }) => !present.has(name));
  }

  #readAll(select: string, ids: readonly string[], condition: Condition): readonly StoredDocument[] {
    const sql = `${select} WHERE _id IN (SELECT value FROM json_each(?))${condition.sql} ORDER BY _id`;
    return this.#database.all(sql, JSON.stringify(ids), ...condition.parameters).map(documentOf);
  }

  #ids(table: string, condition: Condition, after: string | undefined, limit: number): readonly string[] {
    const behind = after === undefined ? '' : ' AND _id > ?';
    const sql = `SELECT _id FROM ${table} WHERE TRUE${condition.sql}${behind} ORDER BY _id LIMIT ?`;
    const parameters = after === undefined ? condition.parameters : [...condition.parameters, after];
    return this.#database.all(sql, ...parameters, limit).map((row) => String(row['_id']));
  }
}

/** Only the bytes that were asked for are read. */
function selectOf(table: string, fields: readonly string[] | undefined): string {
  if (fields === undefined) {
    return `SELECT fields, nested, bytes FROM ${table}`;
  }
  assertFieldNames(fields);
  const projection = projectionOf(fields);
  return `SELECT ${projection} AS fields, '{}' AS nested, iif(${hasBytes(projection)}, bytes, NULL) AS bytes
    FROM ${table}`;
}

function documentOf({ fields, nested, bytes }: Row): StoredDocument {
  return decodeDocument({
    fields: String(fields),
    nested: String(nested),
    bytes: bytes instanceof Uint8Array ? bytes : null,
  });
}

function revisionOf(document: StoredDocument): number | null {
  const revision = document['revision'];
  return typeof revision === 'number' ? revision : null;
}
