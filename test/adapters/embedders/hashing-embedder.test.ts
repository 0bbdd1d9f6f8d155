import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HashingEmbedder } from '../../../runtime/adapters/embedders/hashing-embedder.ts';

const embedder = new HashingEmbedder();

async function similarity(first: string, second: string): Promise<number> {
  const [a, b] = await embedder.embed([first, second]);
  return (a ?? new Float32Array()).reduce((sum, value, index) => sum + value * (b?.[index] ?? 0), 0);
}

describe('the hashing embedder', () => {
  it('gives vectors of length 1, and zero where there is nothing', async () => {
    const [some, none] = await embedder.embed(['An engine', ' …!']);
    assert.equal(some?.length, embedder.dimensions);
    assert.ok(Math.abs(Math.hypot(...(some ?? [])) - 1) < 1e-6);
    assert.deepEqual(none, new Float32Array(embedder.dimensions));
  });

  it('sees related texts closer than unrelated ones, by far', async () => {
    const pairs = [
      ['How do I index documents in a vector database?', 'Indexing documents with vectors: a database for embeddings'],
      ['My grandmother baked the best apple cake in the village', 'Apple cakes as our grandmothers used to bake them'],
      ['Retrying failed requests with backoff', 'When a request fails it is retried, backing off exponentially'],
      ['parseConfigFile(path)', 'Parsing the configuration: the parser reads config files from a path'],
    ] as const;
    for (const [query, related] of pairs) {
      const closeness = await similarity(query, related);
      assert.ok(closeness > 0.3, `${query}: ${closeness}`);
      for (const [, unrelated] of pairs) {
        if (unrelated === related) continue;
        const distance = closeness - (await similarity(query, unrelated));
        assert.ok(distance > 0.2, `${query}: ${unrelated}: ${distance}`);
      }
    }
  });

  it('sees through case, inflection and typos', async () => {
    assert.ok((await similarity('Kubernetes OPERATORS', 'kubernetes operators')) > 0.999);
    assert.ok((await similarity('kubernetes', 'kubernets')) > 0.4);
    assert.ok((await similarity('the operator of an engine', 'operators, engines')) > 0.4);
  });

  it('tells apart texts of the same words in another order, but not much', async () => {
    const order = await similarity('engines compute tables for sailors', 'sailors compute engines for tables');
    assert.ok(order > 0.8 && order < 0.99, `${order}`);
  });

  it('hardly counts what every text has', async () => {
    assert.ok((await similarity('this is what it was for the', 'cats')) < 0.1);
    assert.ok((await similarity('the cats of the house', 'cats house')) > 0.8);
  });

  it('gives the same vector whatever came before and beside it', async () => {
    const text = 'engines compute tables, engines do';
    const [fresh] = await new HashingEmbedder().embed([text]);
    // Few enough to be remembered all, then more than are.
    for (const count of [10_000, 60_000]) {
      const words = Array.from({ length: count }, (_, index) => `w${index}x`).join(' ');
      const [, again, repeated] = await new HashingEmbedder().embed([words, text, text]);
      assert.deepEqual([again, repeated], [fresh, fresh]);
    }
  });
});
