import { RejectedInput, TransientError } from '../../domain/errors.ts';
import type { Chunk, ChunkVectors, DocumentFeatures, Manifest } from '../../domain/features.ts';
import type { ChunkWrite } from '../../ports/feature-store.ts';
import type { Database } from './database.ts';
import { vectorBytes } from './sqlite-feature-rows.ts';
import { encodeTerms } from './sqlite-feature-terms.ts';

interface StoredDocument {
  readonly number: number;
  readonly facet: number;
  readonly published: number | null;
  readonly revision: number;
  readonly fingerprint: string;
}

/** What the rows of a chunk have in common with those of its whole document. */
interface Placement {
  readonly document: number;
  readonly facet: number;
  readonly published: number | null;
}

/** The writing half of the store. Whoever calls it has a transaction open: what throws has changed nothing. */
export class FeatureWriter {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** As the port says. @param dimensions of every vector */
  replace(
    document: DocumentFeatures,
    manifest: Manifest,
    chunks: readonly ChunkWrite[],
    dimensions: number,
  ): { added: number; kept: number; removed: number } {
    if (new Set(chunks.map(({ chunk }) => chunk.id)).size < chunks.length) {
      throw new RejectedInput('duplicate_chunk', `Document ${document.documentId} has two chunks with the same id.`);
    }
    const stored = this.#storedDocument(document.documentId);
    const before = new Map<string, { number: number; hash: string }>();
    if (stored !== undefined) {
      for (const row of this.#database.all('SELECT id, number, hash FROM chunks WHERE document = ?', stored.number)) {
        before.set(String(row['id']), { number: Number(row['number']), hash: String(row['hash']) });
      }
      if (stored.fingerprint === manifest.fingerprint && stored.revision > manifest.revision) {
        return { added: 0, kept: before.size, removed: 0 };
      }
    }
    const placement = this.#placeDocument(document, manifest, stored);
    const reusable = stored?.fingerprint === manifest.fingerprint;
    let added = 0;
    let kept = 0;
    for (const { chunk, vectors } of chunks) {
      const existing = before.get(chunk.id);
      before.delete(chunk.id);
      if (vectors === undefined && (!reusable || existing?.hash !== chunk.hash)) {
        throw new TransientError(
          `Chunk ${chunk.id} of document ${document.documentId} came without vectors, and the store has none for this ` +
            'text and fingerprint: the document was changed meanwhile.',
        );
      }
      if (existing === undefined) {
        added += 1;
      } else {
        kept += 1;
      }
      const number = this.#writeChunk(placement, chunk, existing?.number);
      if (vectors !== undefined) {
        this.#writeVectors(placement, number, vectors, dimensions, existing !== undefined);
      }
    }
    for (const { number } of before.values()) {
      this.#removeChunk(number);
    }
    if (stored !== undefined) {
      this.#moveVectors(stored, placement);
    }
    return { added, kept, removed: before.size };
  }

  /** @returns how many chunks there were */
  remove(documentId: string): number {
    const stored = this.#storedDocument(documentId);
    if (stored === undefined) {
      return 0;
    }
    const chunks = this.#database.all('SELECT number FROM chunks WHERE document = ?', stored.number);
    for (const row of chunks) {
      this.#removeChunk(Number(row['number']));
    }
    this.#database.run('DELETE FROM documents WHERE number = ?', stored.number);
    this.#dropUnusedFacet(stored.facet);
    return chunks.length;
  }

  #storedDocument(documentId: string): StoredDocument | undefined {
    const row = this.#database.get(
      'SELECT number, facet, published, revision, fingerprint FROM documents WHERE id = ?',
      documentId,
    );
    return row === undefined
      ? undefined
      : {
          number: Number(row['number']),
          facet: Number(row['facet']),
          published: row['published'] === null ? null : Number(row['published']),
          revision: Number(row['revision']),
          fingerprint: String(row['fingerprint']),
        };
  }

  #placeDocument(document: DocumentFeatures, manifest: Manifest, stored: StoredDocument | undefined): Placement {
    const { publishedAt, title } = document;
    const facet = this.#facetOf(document);
    const published = publishedAt === undefined ? null : Date.parse(publishedAt);
    const row = this.#database.get(
      `INSERT INTO documents (id, facet, published, revision, fingerprint, author, link, title, published_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET facet = excluded.facet, published = excluded.published,
         revision = excluded.revision, fingerprint = excluded.fingerprint, author = excluded.author,
         link = excluded.link, title = excluded.title, published_at = excluded.published_at
       RETURNING number`,
      document.documentId,
      facet,
      published,
      manifest.revision,
      manifest.fingerprint,
      document.author,
      document.link,
      title ?? null,
      publishedAt ?? null,
    );
    if (stored !== undefined && stored.facet !== facet) {
      this.#dropUnusedFacet(stored.facet);
    }
    return { document: Number(row?.['number']), facet, published };
  }

  #facetOf({ kind, platform, authorId, language }: DocumentFeatures): number {
    const values = [authorId, language ?? null, kind, platform];
    const row =
      this.#database.get(
        'SELECT number FROM facets WHERE author_id = ? AND language IS ? AND kind = ? AND platform = ?',
        ...values,
      ) ??
      this.#database.get(
        'INSERT INTO facets (author_id, language, kind, platform) VALUES (?, ?, ?, ?) RETURNING number',
        ...values,
      );
    return Number(row?.['number']);
  }

  /** An author who was forgotten leaves no id behind. */
  #dropUnusedFacet(facet: number): void {
    this.#database.run(
      'DELETE FROM facets WHERE number = ?1 AND NOT EXISTS (SELECT 1 FROM documents WHERE facet = ?1)',
      facet,
    );
  }

  /** @returns the number of the chunk */
  #writeChunk(placement: Placement, chunk: Chunk, number: number | undefined): number {
    const row = this.#database.get(
      `INSERT OR REPLACE INTO chunks (number, document, ordinal, id, hash, start_offset, end_offset, start_line, end_line,
         breadcrumb, text)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING number`,
      number ?? null,
      placement.document,
      chunk.ordinal,
      chunk.id,
      chunk.hash,
      chunk.start,
      chunk.end,
      chunk.startLine,
      chunk.endLine,
      JSON.stringify(chunk.breadcrumb),
      chunk.text,
    );
    return Number(row?.['number']);
  }

  #writeVectors(
    placement: Placement,
    number: number,
    vectors: ChunkVectors,
    dimensions: number,
    isStored: boolean,
  ): void {
    this.#database.run(
      'INSERT OR REPLACE INTO vectors (chunk, facet, published, dense) VALUES (?, ?, ?, ?)',
      number,
      placement.facet,
      placement.published,
      vectorBytes(vectors.dense, dimensions),
    );
    if (isStored) {
      this.#database.run('DELETE FROM chunk_terms WHERE rowid = ?', number);
    }
    this.#database.run('INSERT INTO chunk_terms (rowid, terms) VALUES (?, ?)', number, encodeTerms(vectors.terms));
  }

  /** Kept vectors follow their document into another facet or time. */
  #moveVectors(before: StoredDocument, now: Placement): void {
    if (before.facet !== now.facet || before.published !== now.published) {
      this.#database.run(
        'UPDATE vectors SET facet = ?, published = ? WHERE chunk IN (SELECT number FROM chunks WHERE document = ?)',
        now.facet,
        now.published,
        now.document,
      );
    }
  }

  #removeChunk(number: number): void {
    this.#database.run('DELETE FROM chunks WHERE number = ?', number);
    this.#database.run('DELETE FROM vectors WHERE chunk = ?', number);
    this.#database.run('DELETE FROM chunk_terms WHERE rowid = ?', number);
  }
}
