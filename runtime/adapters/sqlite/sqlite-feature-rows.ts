import * as z from 'zod';
import { kinds, platforms } from '../../domain/documents.ts';
import { Misconfigured, RejectedInput } from '../../domain/errors.ts';
import type { Chunk, DocumentFeatures } from '../../domain/features.ts';
import type { Row } from './database.ts';

/** Of `documents JOIN facets`; what a `Row` of it becomes. */
export const documentColumns =
  'documents.id AS document_id, kind, platform, author_id, author, link, title, published_at, language';

/** Of `chunks`. */
export const chunkColumns =
  'chunks.id AS chunk_id, hash, ordinal, text, breadcrumb, start_offset, end_offset, start_line, end_line';

const breadcrumb = z.array(z.string());

/** The one of `values` that it is. What this version wrote is always one of them. */
function oneOf<Value extends string>(values: readonly Value[], stored: unknown): Value {
  const found = values.find((value) => value === stored);
  if (found === undefined) {
    throw new Misconfigured(
      `The feature store is damaged: it holds "${String(stored)}" where one of ${values} belongs.`,
    );
  }
  return found;
}

export function documentOf(row: Row): DocumentFeatures {
  const { title, published_at: publishedAt, language } = row;
  return {
    documentId: String(row['document_id']),
    kind: oneOf(kinds, row['kind']),
    platform: oneOf(platforms, row['platform']),
    authorId: String(row['author_id']),
    author: String(row['author']),
    link: String(row['link']),
    ...(typeof title === 'string' ? { title } : {}),
    ...(typeof publishedAt === 'string' ? { publishedAt } : {}),
    ...(typeof language === 'string' ? { language } : {}),
  };
}

export function chunkOf(row: Row): Chunk {
  return {
    id: String(row['chunk_id']),
    hash: String(row['hash']),
    ordinal: Number(row['ordinal']),
    text: String(row['text']),
    breadcrumb: breadcrumb.parse(JSON.parse(String(row['breadcrumb']))),
    start: Number(row['start_offset']),
    end: Number(row['end_offset']),
    startLine: Number(row['start_line']),
    endLine: Number(row['end_line']),
  };
}

/**
 * @returns the bytes of the vector, not copied; null for the zero vector
 * @throws Misconfigured when it has other dimensions than the store
 * @throws RejectedInput `invalid_vector` when a component is not a finite number
 */
export function vectorBytes(vector: Float32Array, dimensions: number): Uint8Array | null {
  if (vector.length !== dimensions) {
    throw new Misconfigured(
      `The feature store holds vectors of ${dimensions} dimensions and was given one of ${vector.length}: ` +
        'use the embedder it was filled with, or another store.',
    );
  }
  if (!vector.every(Number.isFinite)) {
    throw new RejectedInput('invalid_vector', 'A component of the vector is not a finite number.');
  }
  return vector.every((component) => component === 0)
    ? null
    : new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
}

/** Always a copy: stored bytes need not lie at an address that a Float32Array can begin at. */
export function vectorOf(bytes: unknown, dimensions: number): Float32Array {
  return bytes instanceof Uint8Array ? new Float32Array(Uint8Array.from(bytes).buffer) : new Float32Array(dimensions);
}
