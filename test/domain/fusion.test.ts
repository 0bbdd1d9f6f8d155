import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type Ranking, reciprocalRankFusion } from '../../runtime/domain/fusion.ts';

const idsOf = (rankings: readonly Ranking[]): string[] => reciprocalRankFusion(rankings).map(({ id }) => id);

const id = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g');
const ranking: fc.Arbitrary<Ranking> = fc.record({
  ids: fc.uniqueArray(id),
  weight: fc.double({ min: 0.01, max: 10, noNaN: true }),
});

describe('Reciprocal rank fusion', () => {
  test('gives weight / (60 + rank) for each ranking that has the id', () => {
    const fused = reciprocalRankFusion([
      { ids: ['a', 'b'], weight: 1 },
      { ids: ['b', 'c'], weight: 0.5 },
    ]);
    assert.deepEqual(fused, [
      { id: 'b', score: 1 / 62 + 0.5 / 61 },
      { id: 'a', score: 1 / 61 },
      { id: 'c', score: 0.5 / 62 },
    ]);
  });

  test('lets the heavier ranking win where two disagree', () => {
    const [left, right] = [
      ['a', 'b'],
      ['b', 'a'],
    ];
    assert.deepEqual(
      idsOf([
        { ids: left, weight: 1 },
        { ids: right, weight: 2 },
      ] as const),
      ['b', 'a'],
    );
    assert.deepEqual(
      idsOf([
        { ids: left, weight: 2 },
        { ids: right, weight: 1 },
      ] as const),
      ['a', 'b'],
    );
  });

  test('keeps ties in the order in which they come', () => {
    assert.deepEqual(
      idsOf([
        { ids: ['a'], weight: 1 },
        { ids: ['b'], weight: 1 },
      ]),
      ['a', 'b'],
    );
    assert.deepEqual(
      idsOf([
        { ids: ['b', 'a'], weight: 1 },
        { ids: ['a', 'b'], weight: 1 },
      ]),
      ['b', 'a'],
    );
  });

  test('of nothing is nothing, and of one ranking is that ranking', () => {
    assert.deepEqual(reciprocalRankFusion([]), []);
    assert.deepEqual(reciprocalRankFusion([{ ids: [], weight: 1 }]), []);
    assert.deepEqual(idsOf([{ ids: ['c', 'a', 'b'], weight: 0.1 }]), ['c', 'a', 'b']);
  });

  test('gives the same scores in whatever order the rankings are given', () => {
    const twoOrders = fc
      .array(ranking, { maxLength: 5 })
      .chain((given) => fc.tuple(fc.constant(given), fc.shuffledSubarray(given, { minLength: given.length })));
    fc.assert(
      fc.property(twoOrders, ([given, shuffled]) => {
        const scores = new Map(reciprocalRankFusion(given).map(({ id, score }) => [id, score]));
        const fused = reciprocalRankFusion(shuffled);
        assert.equal(fused.length, scores.size);
        for (const { id, score } of fused) {
          const expected = scores.get(id);
          assert.ok(expected !== undefined && Math.abs(score - expected) < 1e-12);
        }
      }),
    );
  });

  test('has each id once, best first', () => {
    fc.assert(
      fc.property(fc.array(ranking, { maxLength: 5 }), (given) => {
        const fused = reciprocalRankFusion(given);
        assert.deepEqual(
          fused.map(({ id }) => id).toSorted(),
          [...new Set(given.flatMap(({ ids }) => ids))].toSorted(),
        );
        assert.ok(fused.every(({ score }, index) => score <= (fused[index - 1]?.score ?? Number.POSITIVE_INFINITY)));
      }),
    );
  });
});
