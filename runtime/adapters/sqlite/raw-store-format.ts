import { capturedCollections } from '../../domain/change.ts';
import { Misconfigured } from '../../domain/errors.ts';
import type { CollectionDefinition } from '../../ports/document-store.ts';
import type { DatabaseFormat } from './database.ts';
import { assertFieldNames, fieldExpression } from './document-filter.ts';

/**
 * The raw store: one table a collection, and the log of changes to captured ones. `AUTOINCREMENT` never gives a
 * sequence number twice, and as SQLite has one writer at a time, numbers are in the order of the commits.
 *
 * `change_feed.identity` tells positions of this file from those of any other; everything up to `pruned` may be gone.
 */
export const rawStoreFormat: DatabaseFormat = {
  name: 'raw store',
  applicationId: 0x7477_5261,
  migrations: [
    `CREATE TABLE changes (
      sequence INTEGER PRIMARY KEY AUTOINCREMENT,
      collection TEXT NOT NULL,
      document_id TEXT NOT NULL,
      operation TEXT NOT NULL,
      revision INTEGER NOT NULL,
      occurred_at TEXT NOT NULL
    ) STRICT;
    CREATE TABLE change_feed (
      only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
      identity TEXT NOT NULL,
      pruned INTEGER NOT NULL,
      saved INTEGER
    ) STRICT;
    INSERT INTO change_feed VALUES (1, lower(hex(randomblob(16))), 0, NULL);`,
  ],
};

const collectionName = /^[a-z][a-z0-9_]{0,62}$/;

export function tableOf(collection: string): string {
  if (!collectionName.test(collection)) {
    throw new Misconfigured(
      `A collection is named ${JSON.stringify(collection)}; it takes lower-case letters, digits and "_", 63 at most.`,
    );
  }
  return `collection_${collection}`;
}

export interface SchemaObject {
  readonly name: string;
  readonly sql: string;
}

/** What a collection needs in the file, in the order in which it can be created. */
export function schemaOf(definition: CollectionDefinition): readonly SchemaObject[] {
  const table = tableOf(definition.name);
  if (definition.captured && !capturedCollections.some((name) => name === definition.name)) {
    throw new Misconfigured(`Only ${capturedCollections.join(', ')} can be captured, not ${definition.name}.`);
  }
  return [
    // With a rowid, as rows are large: without one, reading by id was four times slower. Large columns stand last, so
    // that reading those before them stops before their pages.
    {
      name: table,
      sql: `CREATE TABLE ${table} (
        _id TEXT PRIMARY KEY NOT NULL,
        revision INTEGER,
        fields TEXT NOT NULL,
        nested TEXT NOT NULL,
        bytes BLOB
      ) STRICT`,
    },
    ...definition.indexes.map((fields) => indexOf(table, fields)),
    ...(definition.captured ? triggersOf(definition.name, table) : []),
  ];
}

/** Ends in `_id`, so that what it finds is in order and the row need not be read for it. */
function indexOf(table: string, fields: readonly string[]): SchemaObject {
  assertFieldNames(fields);
  const name = `${table}_by_${fields.join('_')}`;
  return { name, sql: `CREATE INDEX ${name} ON ${table} (${fields.map(fieldExpression).join(', ')}, _id)` };
}

function triggersOf(collection: string, table: string): readonly SchemaObject[] {
  const log = (row: 'NEW' | 'OLD', operation: string) =>
    `INSERT INTO changes (collection, document_id, operation, revision, occurred_at)
     VALUES ('${collection}', ${row}._id, ${operation}, ifnull(${row}.revision, 0), strftime('%Y-%m-%dT%H:%M:%fZ', 'now'));`;
  const written = `iif(json_extract(NEW.fields, '$.deletedAt') IS NULL, 'upsert', 'delete')`;
  return [
    {
      name: `${table}_inserted`,
      sql: `CREATE TRIGGER ${table}_inserted AFTER INSERT ON ${table} BEGIN ${log('NEW', written)} END`,
    },
    {
      name: `${table}_updated`,
      sql: `CREATE TRIGGER ${table}_updated AFTER UPDATE ON ${table}
        WHEN NEW.fields IS NOT OLD.fields OR NEW.nested IS NOT OLD.nested OR NEW.bytes IS NOT OLD.bytes
        BEGIN ${log('NEW', written)} END`,
    },
    {
      name: `${table}_deleted`,
      sql: `CREATE TRIGGER ${table}_deleted AFTER DELETE ON ${table} BEGIN ${log('OLD', `'delete'`)} END`,
    },
  ];
}
