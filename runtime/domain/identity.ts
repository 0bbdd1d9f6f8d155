import { hash } from 'node:crypto';
import type { Platform } from './documents.ts';

/** Namespace of every UUIDv5 that Twinstream makes. Changing it would orphan all that is stored. */
const namespace = Buffer.from('6f0b1c1e5d0b5c589f6c0f4f1f6d7a11', 'hex');

/** The `_id` of a raw document: the same content seen by a crawler or in an export has the same id. */
export function documentId(platform: Platform, naturalKey: string): string {
  return uuidv5(`document\u0000${platform}\u0000${naturalKey}`);
}

/** Names that differ only in case, surrounding or repeated white space or Unicode form are one person. */
export function authorId(name: string): string {
  return uuidv5(`author\u0000${name.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase()}`);
}

/** The id of what a crawl remembers about `key` (a link). */
export function crawlStateId(key: string): string {
  return uuidv5(`crawl-state\u0000${key}`);
}

/** The id of a source in a list of sources. */
export function subscriptionId(list: string, url: string, authorId: string): string {
  return uuidv5(`subscription\u0000${list}\u0000${url}\u0000${authorId}`);
}

/** The id of the run that a subscription is due for at `dueAt`. */
export function scheduledRunId(subscription: string, dueAt: string): string {
  return uuidv5(`run\u0000${subscription}\u0000${dueAt}`);
}

/** @param occurrence 0 for the first chunk of the document with this hash, 1 for the next, … */
export function chunkId(document: string, hash: string, occurrence: number): string {
  return uuidv5(`chunk\u0000${document}\u0000${hash}\u0000${occurrence}`);
}

/** SHA-256 as lower-case hex. */
export function sha256(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex');
}

/** A name-based UUID (RFC 9562, section 5.5): SHA-1 with version 5 and the variant bits `10` written over it. */
function uuidv5(name: string): string {
  const hex = hash('sha1', Buffer.concat([namespace, Buffer.from(name)]), 'hex');
  const variant = '89ab'.charAt(Number.parseInt(hex.charAt(16), 16) & 3);
  const [first, second, third, fourth] = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(13, 16), hex.slice(17, 20)];
  return `${first}-${second}-5${third}-${variant}${fourth}-${hex.slice(20, 32)}`;
}
