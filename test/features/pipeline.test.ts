import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HashingEmbedder } from '../../runtime/adapters/embedders/hashing-embedder.ts';
import { clean } from '../../runtime/features/clean.ts';
import { FeaturePipeline } from '../../runtime/features/pipeline.ts';
import { article, code, post } from './documents.ts';

const pipeline = new FeaturePipeline(new HashingEmbedder());
const { signal } = new AbortController();
const section = (name: string) =>
  `## ${name}\n\n${`The ${name} of the engine computes without errors. `.repeat(12)}\n\n`;

describe('the feature pipeline', () => {
  it('embeds every chunk of a new document', async () => {
    const { writes, manifest, embedded, reused, features } = await pipeline.process(
      article(section('mill') + section('store'), 'Engines'),
      'Ada',
      undefined,
      signal,
    );
    assert.deepEqual([writes.length, embedded, reused], [2, 2, 0]);
    assert.ok(writes.every(({ vectors }) => vectors?.dense.length === 384 && vectors.terms.length > 0));
    assert.deepEqual(manifest.chunks, Object.fromEntries(writes.map(({ chunk }) => [chunk.id, chunk.hash])));
    assert.deepEqual([features.author, features.language], ['Ada', 'en']);
  });

  it('embeds only what changed, and everything for another fingerprint', async () => {
    const before = await pipeline.process(article(section('mill') + section('store')), 'Ada', undefined, signal);
    const edited = article(section('card') + section('mill') + section('store'));
    const after = await pipeline.process(edited, 'Ada', before.manifest, signal);
    assert.deepEqual([after.embedded, after.reused], [1, 2]);
    const other = { ...before.manifest, fingerprint: 'other' };
    assert.equal((await pipeline.process(edited, 'Ada', other, signal)).reused, 0);
  });

  it('tells apart chunks that say the same', async () => {
    const { writes } = await pipeline.process(article(section('mill') + section('mill')), 'Ada', undefined, signal);
    assert.equal(writes[0]?.chunk.hash, writes[1]?.chunk.hash);
    assert.notEqual(writes[0]?.chunk.id, writes[1]?.chunk.id);
  });

  it('tells apart the same text under another heading', async () => {
    const body = 'The engine computes without errors. '.repeat(12);
    const { writes } = await pipeline.process(
      article(`# Mill\n\n${body}\n\n# Store\n\n${body}`),
      'Ada',
      undefined,
      signal,
    );
    assert.equal(new Set(writes.map(({ chunk }) => chunk.hash)).size, 2);
    const renamed = [article(body, 'Engines'), article(body, 'Mills')];
    const [first, second] = await Promise.all(renamed.map((each) => pipeline.process(each, 'Ada', undefined, signal)));
    assert.equal(first?.writes[0]?.chunk.text, second?.writes[0]?.chunk.text);
    assert.notEqual(first?.writes[0]?.chunk.hash, second?.writes[0]?.chunk.hash);
    assert.notDeepEqual(first?.writes[0]?.vectors, second?.writes[0]?.vectors);
  });

  it('numbers what a document repeats, so that a chunk keeps its id when another copy goes', async () => {
    const twice = await pipeline.process(article(section('mill') + section('mill')), 'Ada', undefined, signal);
    const once = await pipeline.process(article(section('mill')), 'Ada', twice.manifest, signal);
    assert.equal(once.writes[0]?.chunk.id, twice.writes[0]?.chunk.id);
    assert.deepEqual([once.embedded, once.reused, once.writes[0]?.vectors], [0, 1, undefined]);
  });

  it('gives slices of the cleaned text, with the vectors of their own text', async () => {
    const source = article(section('mill') + section('store'), 'Engines');
    const { writes } = await pipeline.process(source, 'Ada', undefined, signal);
    const { text } = clean(source);
    for (const { chunk, vectors } of writes) {
      assert.equal(text.slice(chunk.start, chunk.end), chunk.text);
      const name = chunk.breadcrumb.at(-1) ?? '';
      assert.deepEqual([vectors?.terms.includes('engin'), vectors?.terms.includes(name)], [true, true]);
    }
    assert.deepEqual(
      writes.map(({ chunk }) => chunk.ordinal),
      [0, 1],
    );
  });

  it('gives no chunks for an empty document', async () => {
    const { writes, manifest } = await pipeline.process(post(' \n'), 'Ada', undefined, signal);
    assert.deepEqual([writes, manifest.chunks], [[], {}]);
  });

  it('gives the same features for the same document', async () => {
    const other = new FeaturePipeline(new HashingEmbedder());
    for (const document of [article(section('mill')), post('Hi 👩‍🚀 日本語'), code('const a = 1;', 'typescript')]) {
      const first = await pipeline.process(document, 'Ada', undefined, signal);
      assert.deepEqual(await other.process(document, 'Ada', undefined, signal), first);
    }
  });

  it('stops when told to', async () => {
    await assert.rejects(pipeline.process(post('Text'), 'Ada', undefined, AbortSignal.abort()), { name: 'AbortError' });
  });

  it('searches with the letters that documents are stored with', async () => {
    const styled = await pipeline.vectorsForQuery('𝗲𝗻𝗴𝗶𝗻𝗲');
    assert.deepEqual(styled, await pipeline.vectorsForQuery('engine'));
  });
});
