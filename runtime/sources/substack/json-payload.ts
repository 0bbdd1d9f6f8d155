import type { Payload } from '../../domain/documents.ts';

/** Part of an answer, as it came. */
export function jsonPayload(value: unknown): Payload {
  return { mediaType: 'application/json', bytes: Buffer.from(JSON.stringify(value)) };
}
