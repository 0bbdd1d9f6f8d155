import { type Ranking, reciprocalRankFusion } from '../../domain/fusion.ts';
import type { FeatureQuery, ScoredChunk } from '../../ports/feature-store.ts';
import type { Database } from './database.ts';
import { type Scope, scopeOf } from './sqlite-feature-filter.ts';
import { chunkColumns, chunkOf, documentColumns, documentOf, vectorBytes } from './sqlite-feature-rows.ts';
import { matchExpression } from './sqlite-feature-terms.ts';

/** How deep each ranking goes before they are fused: at least so many, or four for each hit that is asked for. */
const minCandidates = 100;
const candidatesPerHit = 4;
const maxCandidates = 2 ** 31 - 1;

/** Of the encoded terms in a JSON array those that the fewest chunks have, leaving out what no chunk has. */
const rarestTerms = `
  SELECT value FROM json_each(?) CROSS JOIN term_counts ON term = value
  ORDER BY doc, value LIMIT ?`;

const hit = `
  SELECT ${documentColumns}, ${chunkColumns}
  FROM chunks JOIN documents ON documents.number = document JOIN facets ON facets.number = facet
  WHERE chunks.number = ?`;

/**
 * Both rankings are exact and under the same filter: dense by a scan of the vectors in scope, sparse by FTS5's `bm25()`
 * (k1 = 1.2, b = 0.75; document frequencies are those of the whole store, whatever the filter).
 */
export function searchFeatures(database: Database, query: FeatureQuery, dimensions: number): readonly ScoredChunk[] {
  const { vectors, filter, limit, weights } = query;
  const dense = vectorBytes(vectors.dense, dimensions);
  const scope = scopeOf(database, filter);
  const candidates = Math.min(Math.max(minCandidates, candidatesPerHit * limit), maxCandidates);
  const rankings: Ranking[] = [];
  if (weights.dense !== 0 && dense !== null) {
    rankings.push({ ids: nearest(database, dense, scope, candidates), weight: weights.dense });
  }
  const expression = weights.sparse === 0 ? undefined : expressionOf(database, vectors.terms);
  if (expression !== undefined) {
    rankings.push({ ids: bestMatches(database, expression, scope, candidates), weight: weights.sparse });
  }
  return reciprocalRankFusion(rankings)
    .slice(0, limit)
    .flatMap(({ id, score }) => {
      const row = database.get(hit, Number(id));
      return row === undefined ? [] : [{ score, document: documentOf(row), chunk: chunkOf(row) }];
    });
}

function nearest(database: Database, dense: Uint8Array, scope: Scope, count: number): string[] {
  const rows = database.all(
    `SELECT chunk FROM vectors WHERE dense IS NOT NULL${scope.conditions}
     ORDER BY vec_distance_cosine(dense, ?), chunk LIMIT ?`,
    ...scope.parameters,
    dense,
    count,
  );
  return rows.map((row) => String(row['chunk']));
}

function bestMatches(database: Database, expression: string, scope: Scope, count: number): string[] {
  const rows = database.all(
    `SELECT chunk_terms.rowid AS chunk FROM chunk_terms
     ${scope.conditions === '' ? '' : 'CROSS JOIN vectors ON vectors.chunk = chunk_terms.rowid'}
     WHERE chunk_terms MATCH ?${scope.conditions}
     ORDER BY bm25(chunk_terms), chunk_terms.rowid LIMIT ?`,
    expression,
    ...scope.parameters,
    count,
  );
  return rows.map((row) => String(row['chunk']));
}

function expressionOf(database: Database, terms: readonly string[]): string | undefined {
  return matchExpression(terms, (encoded, count) =>
    database.all(rarestTerms, JSON.stringify(encoded), count).map((row) => String(row['value'])),
  );
}
