import type { StoredDocument } from '../../ports/document-store.ts';

/**
 * A document as the file keeps it: JSON text, and its bytes apart from that, so that a reader who does not ask for them
 * does not pay for them. In the text, `{"$bytes": [offset, length]}` stands for bytes; a document's own keys of that
 * form get one `$` more.
 */
export interface EncodedDocument {
  readonly text: string;
  readonly bytes: Uint8Array | null;
}

const bytesKey = '$bytes';
/** The bytes key and what it is escaped to. */
const reserved = /^\$+bytes$/;
const escaped = /^\$\$+bytes$/;
/** Only as the end of a key can this stand in JSON text: within a string the quote would be escaped. */
const endOfReservedKey = '$bytes":';

export function encodeDocument(document: StoredDocument): EncodedDocument {
  const pieces: Uint8Array[] = [];
  let length = 0;

  function encode(value: unknown): unknown {
    if (value instanceof Uint8Array) {
      pieces.push(value);
      length += value.length;
      return { [bytesKey]: [length - value.length, value.length] };
    }
    if (Array.isArray(value)) {
      return value.map(encode);
    }
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [reserved.test(key) ? `$${key}` : key, encode(item)]),
      );
    }
    return value;
  }

  const text = JSON.stringify(encode(document));
  const [first] = pieces;
  if (first === undefined) {
    return { text, bytes: null };
  }
  return { text, bytes: pieces.length === 1 ? first : Buffer.concat(pieces, length) };
}

/** @param bytes may be null when the text has no placeholder */
export function decodeDocument(text: string, bytes: Uint8Array | null): StoredDocument {
  const document: StoredDocument = JSON.parse(text);
  return text.includes(endOfReservedKey) ? decodeFields(document, bytes ?? new Uint8Array()) : document;
}

function decodeFields(document: StoredDocument, bytes: Uint8Array): StoredDocument {
  return { ...decodeObject(document, bytes), _id: document._id };
}

function decodeObject(value: object, bytes: Uint8Array): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [escaped.test(key) ? key.slice(1) : key, decode(item, bytes)]),
  );
}

function decode(value: unknown, bytes: Uint8Array): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => decode(item, bytes));
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  if (bytesKey in value && Array.isArray(value[bytesKey])) {
    const [offset, length] = value[bytesKey];
    return bytes.subarray(offset, offset + length);
  }
  return decodeObject(value, bytes);
}

/**
 * SQL for the JSON text of some top-level fields of the column `document`, absent ones left out. It reads neither more
 * of the document into memory than these, nor its bytes.
 */
export function projectionOf(fields: readonly string[]): string {
  const members = fields
    .filter((field) => field !== '_id')
    .map((field) => `ifnull('"${field}":' || (document -> '$."${field}"') || ',', '')`);
  return ["'{'", ...members, `'"_id":' || json_quote(_id) || '}'`].join(' || ');
}

/** SQL for whether such a text has a placeholder for bytes. */
export function hasBytes(projection: string): string {
  return `instr(${projection}, '"${bytesKey}":')`;
}
