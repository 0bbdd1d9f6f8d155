/** The constant of Cormack, Clarke & Büttcher, "Reciprocal Rank Fusion outperforms Condorcet…", SIGIR 2009. */
const k = 60;

export interface Ranking {
  /** Best first, each id once. */
  readonly ids: readonly string[];
  readonly weight: number;
}

/**
 * Weighted reciprocal rank fusion: score(id) = Σ weight / (60 + rank), ranks from 1.
 * @returns best first; ties in the order in which the ids first appear
 */
export function reciprocalRankFusion(rankings: readonly Ranking[]): { id: string; score: number }[] {
  const scores = new Map<string, number>();
  for (const { ids, weight } of rankings) {
    for (const [index, id] of ids.entries()) {
      scores.set(id, (scores.get(id) ?? 0) + weight / (k + index + 1));
    }
  }
  return [...scores].map(([id, score]) => ({ id, score })).sort((a, b) => b.score - a.score);
}
