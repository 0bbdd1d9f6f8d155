import type { DatabaseFormat } from './database.ts';

/**
 * What is scanned is kept apart from what is shown. A search reads `vectors` (filter columns beside the vector) and
 * `chunk_terms`; `documents` and `chunks` are read for its few hits only.
 *
 * - `facets`: each combination of what can be filtered by equality, so that a filter becomes a list of small integers.
 * - `vectors.dense`: little-endian 32-bit floats; NULL for the zero vector, which is near to nothing.
 * - `published`: milliseconds since 1970, to compare; `published_at` is the timestamp as it was given.
 * - `chunk_terms`: an inverted index without the text (`rowid` = `chunks.number`), with encoded tokens (see
 *   `encodeTerm`), for which `ascii` is a tokenizer that changes nothing. Sixteen segments are merged at once rather
 *   than a little after every commit, which makes small transactions faster by half.
 *
 * The integer keys are internal: ids are the caller's.
 */
const first = `
  CREATE TABLE settings (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;

  CREATE TABLE facets (
    number INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    platform TEXT NOT NULL,
    author_id TEXT NOT NULL,
    language TEXT
  );
  CREATE INDEX facets_by_author ON facets (author_id, language, kind, platform);

  CREATE TABLE documents (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    facet INTEGER NOT NULL,
    published INTEGER,
    revision INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    author TEXT NOT NULL,
    link TEXT NOT NULL,
    title TEXT,
    published_at TEXT
  );
  CREATE INDEX documents_by_facet ON documents (facet);

  CREATE TABLE chunks (
    number INTEGER PRIMARY KEY,
    document INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    id TEXT NOT NULL,
    hash TEXT NOT NULL,
    start_offset INTEGER NOT NULL,
    end_offset INTEGER NOT NULL,
    start_line INTEGER NOT NULL,
    end_line INTEGER NOT NULL,
    breadcrumb TEXT NOT NULL,
    text TEXT NOT NULL
  );
  CREATE INDEX chunks_by_document ON chunks (document, ordinal);

  CREATE TABLE vectors (
    chunk INTEGER PRIMARY KEY,
    facet INTEGER NOT NULL,
    published INTEGER,
    dense BLOB
  );
  CREATE INDEX vectors_by_facet ON vectors (facet, published);

  CREATE VIRTUAL TABLE chunk_terms USING fts5 (terms, content = '', contentless_delete = 1, tokenize = 'ascii');
  INSERT INTO chunk_terms (chunk_terms, rank) VALUES ('automerge', 0);
  CREATE VIRTUAL TABLE term_counts USING fts5vocab (chunk_terms, row);
`;

export const featureFormat: DatabaseFormat = {
  name: 'feature store',
  applicationId: 0x54774665, // TwFe
  migrations: [first],
};
