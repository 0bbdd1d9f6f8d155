import type { StoredDocument } from '../../ports/document-store.ts';

/**
 * A document as the file keeps it: its scalar fields, what is nested in the others, and the bytes of all, each apart, so
 * that who does not ask for the body does not pay for it, be it an index, a trigger or a reader.
 *
 * In the JSON text, `{"$bytes": [offset, length]}` stands for bytes; a document's own keys of that form get one `$` more.
 */
export interface EncodedDocument {
  /** JSON of all top-level fields in their order, with `[]` in the place of every object, array and bytes. */
  readonly fields: string;
  /** JSON of the top-level fields that hold these. */
  readonly nested: string;
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
      return Object.fromEntries(encodeEntries(value));
    }
    return value;
  }

  function encodeEntries(value: object): [string, unknown][] {
    return Object.entries(value).map(([key, item]) => [reserved.test(key) ? `$${key}` : key, encode(item)]);
  }

  const entries = encodeEntries(document);
  const scalars = entries.map(([key, value]) => [key, isNested(value) ? [] : value]);
  const fields = JSON.stringify(Object.fromEntries(scalars));
  const nested = JSON.stringify(Object.fromEntries(entries.filter(([, value]) => isNested(value))));
  const [first] = pieces;
  if (first === undefined) {
    return { fields, nested, bytes: null };
  }
  return { fields, nested, bytes: pieces.length === 1 ? first : Buffer.concat(pieces, length) };
}

function isNested(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

export function decodeDocument({ fields, nested, bytes }: EncodedDocument): StoredDocument {
  const document: StoredDocument = { ...JSON.parse(fields), ...JSON.parse(nested) };
  return fields.includes(endOfReservedKey) || nested.includes(endOfReservedKey)
    ? decodeFields(document, bytes ?? new Uint8Array())
    : document;
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
 * SQL for the JSON text of some top-level fields, absent ones left out. It reads the column `nested` only for fields
 * that lie there, and never the bytes.
 */
export function projectionOf(fields: readonly string[]): string {
  const members = fields
    .filter((field) => field !== '_id')
    .map((field) => {
      const path = `'$."${field}"'`;
      const value = `iif(json_type(fields, ${path}) = 'array', nested, fields) -> ${path}`;
      return `ifnull('"${field}":' || (${value}) || ',', '')`;
    });
  return ["'{'", ...members, `'"_id":' || json_quote(_id) || '}'`].join(' || ');
}

/** SQL for whether such a text has a placeholder for bytes. */
export function hasBytes(projection: string): string {
  return `instr(${projection}, '"${bytesKey}":')`;
}
