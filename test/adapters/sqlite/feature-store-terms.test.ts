import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { encodeTerm, matchExpression } from '../../../runtime/adapters/sqlite/sqlite-feature-terms.ts';

const anyTerm = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('a', 'A', '_', '"', ' ', '\ue041', '\ue05f', '\ue080', '\ue081', '\ufffd', '東') }),
);

it('gives different tokens different encodings', () => {
  fc.assert(
    fc.property(anyTerm, anyTerm, (one, other) => {
      assert.equal(encodeTerm(one) === encodeTerm(other), one === other);
    }),
    { numRuns: 2_000 },
  );
});

it('leaves nothing that a tokenizer could split, fold or read as syntax', () => {
  fc.assert(
    fc.property(anyTerm, (term) => {
      assert.match(encodeTerm(term), /^[a-z0-9\u{80}-\u{10ffff}]*$/u);
    }),
    { numRuns: 2_000 },
  );
});

it('asks for each term once, and for the rarest only when there are many', () => {
  const never = () => assert.fail('few terms need no choice');
  assert.equal(matchExpression([], never), undefined);
  assert.equal(matchExpression([''], never), undefined);
  assert.equal(matchExpression(['b', 'a', 'b'], never), '"b" OR "a"');
  const many = Array.from({ length: 40 }, (_, index) => `w${index}`);
  assert.equal(
    matchExpression(many, (encoded, count) => encoded.slice(count)),
    many
      .slice(32)
      .map((term) => `"${term}"`)
      .join(' OR '),
  );
  assert.equal(
    matchExpression(many, () => []),
    undefined,
  );
});
