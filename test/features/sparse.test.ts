import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SparseEncoder } from '../../runtime/features/sparse.ts';

const encoder = new SparseEncoder();

describe('sparse vectors', () => {
  it('have the indices that fastembed gives', () => {
    assert.deepEqual([...encoder.query('foo').sparse.indices], [156908512]);
    assert.deepEqual([...encoder.query('hello').sparse.indices], [613153351]);
  });

  it('weigh by BM25 in a document and by 1 in a query', () => {
    const { terms, sparse } = encoder.document('Foo foo foo hello', 'article');
    const weight = (f: number) => Math.fround((f * 2.2) / (f + 1.2 * (0.25 + (0.75 * 4) / 70)));
    assert.deepEqual(terms, ['foo', 'foo', 'foo', 'hello']);
    assert.deepEqual([...sparse.values], [weight(3), weight(1)]);
    assert.deepEqual([...encoder.query('hello foo foo').sparse.values], [1, 1]);
  });

  it('do not count the whole of an identifier for the length', () => {
    const whole = encoder.query('getUserName').sparse.indices;
    const { sparse } = encoder.document('getUserName foo', 'article');
    const weight = Math.fround(2.2 / (1 + 1.2 * (0.25 + (0.75 * 4) / 70)));
    assert.deepEqual([...sparse.values], new Array(5).fill(weight));
    assert.ok(whole.every((index) => sparse.indices.includes(index)));
  });

  it('come by ascending index, each once', () => {
    const text = 'Engines compute tables for sailors, and sailors trust tables that an engine computed.';
    for (const { sparse } of [encoder.document(text, 'post'), encoder.query(text)]) {
      assert.deepEqual(
        [...sparse.indices],
        [...new Set(sparse.indices)].sort((first, second) => first - second),
      );
      assert.equal(sparse.indices.length, 5);
    }
  });

  it('drop stop words and words over 40 characters, and stem the rest', () => {
    assert.deepEqual(encoder.query(`Don't the engines compute ${'x'.repeat(41)}?`).terms, ['engin', 'comput']);
  });

  it('give an identifier as a whole and in its parts', () => {
    assert.deepEqual(encoder.query('getUserName').terms, ['getusernam', 'get', 'user', 'name']);
    assert.deepEqual(encoder.query('max_batch_size').terms, ['max_batch_s', 'max', 'batch', 'size']);
    assert.deepEqual(encoder.query('HTTPServer URLs sha256 __init__').terms.slice(0, 3), [
      'httpserver',
      'http',
      'server',
    ]);
  });

  it('make scripts without spaces searchable', () => {
    const document = encoder.document('我们发布了新的搜索引擎', 'post').terms;
    assert.ok(encoder.query('搜索').terms.every((term) => document.includes(term)));
    assert.deepEqual(encoder.query('हिन्दी में').terms, ['हिन्दी', 'में']);
  });

  it('give the same for the same text, whatever came before', () => {
    const fresh = new SparseEncoder().document('computing engines compute', 'code');
    // No terms, being so long, but words to remember: as many as make it forget the others.
    encoder.document(Array.from({ length: 12_000 }, (_, index) => `w${index}${'x'.repeat(80)}`).join(' '), 'code');
    assert.deepEqual(encoder.document('computing engines compute', 'code'), fresh);
  });
});
