import type { SQLInputValue } from 'node:sqlite';
import { Misconfigured } from '../../domain/errors.ts';
import type { DocumentFilter } from '../../ports/document-store.ts';

/** Field names stand in SQL as they are. */
const fieldName = /^[A-Za-z_][A-Za-z0-9_]*$/;

export function assertFieldNames(fields: readonly string[]): void {
  const wrong = fields.find((field) => !fieldName.test(field));
  if (wrong !== undefined) {
    throw new Misconfigured(`A field is named ${JSON.stringify(wrong)}; it takes letters, digits and "_".`);
  }
}

/** The value of a top-level field. Indexes are on exactly this expression, or SQLite would not use them. */
export function fieldExpression(field: string): string {
  return field === '_id' ? '_id' : `json_extract(fields, '$."${field}"')`;
}

export interface Condition {
  /** A conjunction that begins with ` AND`, or nothing. */
  readonly sql: string;
  readonly parameters: readonly SQLInputValue[];
}

/** Fields that hold strings and numbers are compared as such; how others compare is not defined. */
export function conditionOf(filter: DocumentFilter): Condition {
  assertFieldNames(Object.keys(filter));
  const parameters: SQLInputValue[] = [];
  let sql = '';
  for (const [field, wanted] of Object.entries(filter)) {
    const expression = fieldExpression(field);
    if (wanted === null) {
      sql += ` AND ${expression} IS NULL`;
    } else if (typeof wanted === 'string' || typeof wanted === 'number') {
      sql += ` AND ${expression} = ?`;
      parameters.push(wanted);
    } else if ('startsWith' in wanted) {
      // A number is less than any text, so the lower bound keeps numbers out.
      sql += ` AND ${expression} >= ?`;
      parameters.push(wanted.startsWith);
      const end = endOfPrefix(wanted.startsWith);
      if (end !== undefined) {
        sql += ` AND ${expression} < ?`;
        parameters.push(end);
      }
    } else {
      // One parameter whatever the length, so that statements can be cached.
      sql += ` AND ${expression} IN (SELECT value FROM json_each(?))`;
      parameters.push(JSON.stringify(wanted));
    }
  }
  return { sql, parameters };
}

/**
 * The least string behind all that start with `prefix`, in the order of code points, which is that of UTF-8 bytes.
 * @returns undefined when there is none
 */
export function endOfPrefix(prefix: string): string | undefined {
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0);
  for (let point = points.pop(); point !== undefined; point = points.pop()) {
    if (point < 0x10ffff) {
      // Surrogates are no characters: behind U+D7FF comes U+E000.
      return String.fromCodePoint(...points, point === 0xd7ff ? 0xe000 : point + 1);
    }
  }
  return undefined;
}
