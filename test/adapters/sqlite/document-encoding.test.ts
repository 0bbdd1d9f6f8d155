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
      fc.property(fc.dictionary(key, anyValue, { maxKeys: 6, noNullPrototype: true }), (fields) => {
        const document = Object.fromEntries([...Object.entries(fields), ['_id', 'a']]);
        const { text, bytes } = encodeDocument({ ...document, _id: 'a' });
        assert.deepEqual(decodeDocument(text, bytes && new Uint8Array(bytes)), { ...document, _id: 'a' });
      }),
      { numRuns: 500 },
    );
  });

  test('has its bytes apart from its text', () => {
    const { text, bytes } = encodeDocument({ _id: 'a', one: new Uint8Array([1, 2]), two: new Uint8Array([3]) });
    assert.equal(text, '{"_id":"a","one":{"$bytes":[0,2]},"two":{"$bytes":[2,1]}}');
    assert.deepEqual(bytes && [...bytes], [1, 2, 3]);
    assert.equal(encodeDocument({ _id: 'a', $bytes: [0, 1] }).bytes, null);
  });
});
