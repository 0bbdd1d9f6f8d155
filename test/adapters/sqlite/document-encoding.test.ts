import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { decodeDocument, encodeDocument } from '../../../runtime/adapters/sqlite/document-encoding.ts';

const treacherousKey = fc.constantFrom(
  '$bytes',
  '$$bytes',
  '$$$bytes',
  'bytes',
  '__proto__',
  '"$bytes":',
  '$bytes":',
  '',
);
const key = fc.oneof(fc.string({ unit: 'binary' }), treacherousKey);
const { value: anyValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.oneof(fc.string({ unit: 'binary' }), treacherousKey, fc.integer(), fc.boolean(), fc.constant(null)),
    fc.uint8Array({ maxLength: 20 }).map((bytes) => new Uint8Array(bytes)),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.tuple(fc.nat(), fc.nat()).map((range) => ({ $bytes: range })),
    fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

describe('An encoded document', () => {
  test('is decoded to what it was, also when it looks like the encoding', () => {
    fc.assert(
      fc.property(fc.dictionary(key, anyValue, { maxKeys: 6, noNullPrototype: true }), (written) => {
        const document = Object.fromEntries([...Object.entries(written), ['_id', 'a']]);
        const { fields, nested, bytes } = encodeDocument({ ...document, _id: 'a' });
        const decoded = decodeDocument({ fields, nested, bytes: bytes && new Uint8Array(bytes) });
        assert.deepEqual(decoded, { ...document, _id: 'a' });
        assert.deepEqual(Object.keys(decoded), Object.keys(document));
      }),
      { numRuns: 500 },
    );
  });

  test('has every scalar in its fields, whatever its length, and nothing nested', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,9}$/), anyValue, { noNullPrototype: true }), (document) => {
        const { fields, nested } = encodeDocument({ ...document, _id: 'a' });
        const expected = Object.entries(document).map(([name, value]) => [name, isScalar(value) ? value : []]);
        assert.deepEqual(JSON.parse(fields), { ...Object.fromEntries(expected), _id: 'a' });
        const others = Object.keys(document).filter((name) => !isScalar(document[name]));
        assert.deepEqual(Object.keys(JSON.parse(nested)), others);
      }),
    );
  });

  test('has its bytes apart from its text', () => {
    const { fields, nested, bytes } = encodeDocument({
      _id: 'a',
      one: new Uint8Array([1, 2]),
      two: { three: new Uint8Array([3]) },
    });
    assert.equal(fields, '{"_id":"a","one":[],"two":[]}');
    assert.equal(nested, '{"one":{"$bytes":[0,2]},"two":{"three":{"$bytes":[2,1]}}}');
    assert.deepEqual(bytes && [...bytes], [1, 2, 3]);
    assert.equal(encodeDocument({ _id: 'a', $bytes: [0, 1] }).bytes, null);
  });
});

function isScalar(value: unknown): boolean {
  return typeof value !== 'object' || value === null;
}
