import type { SQLInputValue } from 'node:sqlite';
import { RejectedInput } from '../../domain/errors.ts';
import type { FeatureFilter } from '../../domain/features.ts';
import type { Database } from './database.ts';

/** Conditions on the columns `facet` and `published`, which `documents` and `vectors` both have. */
export interface Scope {
  /** Each begins with ` AND `; empty when everything is in scope. */
  readonly conditions: string;
  readonly parameters: readonly SQLInputValue[];
}

const matchingFacets = `
  SELECT number FROM facets
  WHERE (?1 IS NULL OR kind IN (SELECT value FROM json_each(?1)))
    AND (?2 IS NULL OR platform IN (SELECT value FROM json_each(?2)))
    AND (?3 IS NULL OR author_id IN (SELECT value FROM json_each(?3)))
    AND (?4 IS NULL OR language IN (SELECT value FROM json_each(?4)))`;

/** @throws RejectedInput `invalid_since` */
export function scopeOf(database: Database, filter: FeatureFilter): Scope {
  const conditions: string[] = [];
  const parameters: SQLInputValue[] = [];
  const lists = [filter.kinds, filter.platforms, filter.authorIds, filter.languages];
  if (lists.some((list) => list !== undefined)) {
    const facets = database.all(
      matchingFacets,
      ...lists.map((list) => (list === undefined ? null : JSON.stringify(list))),
    );
    conditions.push(' AND facet IN (SELECT value FROM json_each(?))');
    parameters.push(JSON.stringify(facets.map((row) => row['number'])));
  }
  if (filter.since !== undefined) {
    const since = Date.parse(filter.since);
    if (Number.isNaN(since)) {
      throw new RejectedInput(
        'invalid_since',
        `"${filter.since}" is not a time: give it like 2024-05-01T00:00:00.000Z.`,
      );
    }
    conditions.push(' AND published >= ?');
    parameters.push(since);
  }
  return { conditions: conditions.join(''), parameters };
}
