import { createHash } from 'node:crypto';
import { v5 as uuidv5 } from 'uuid';
import type { Platform } from './documents.ts';

/** Namespace of every UUIDv5 that Twinstream makes. Changing it would orphan all that is stored. */
const namespace = '6f0b1c1e-5d0b-5c58-9f6c-0f4f1f6d7a11';

/** The `_id` of a raw document: the same content seen by a crawler or in an export has the same id. */
export function documentId(platform: Platform, naturalKey: string): string {
  return uuidv5(`document\u0000${platform}\u0000${naturalKey}`, namespace);
}

/** Names that differ only in case, surrounding or repeated white space or Unicode form are one person. */
export function authorId(name: string): string {
  return uuidv5(`author\u0000${name.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase()}`, namespace);
}

/** The id of what a crawl remembers about `key` (a link). */
export function crawlStateId(key: string): string {
  return uuidv5(`crawl-state\u0000${key}`, namespace);
}

/** @param occurrence 0 for the first chunk of the document with this hash, 1 for the next, … */
export function chunkId(document: string, hash: string, occurrence: number): string {
  return uuidv5(`chunk\u0000${document}\u0000${hash}\u0000${occurrence}`, namespace);
}

/** SHA-256 as lower-case hex. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
