import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Misconfigured, RejectedInput } from '../../runtime/domain/errors.ts';
import {
  denseOf,
  dimensions,
  documentNamed,
  matching,
  type NewFeaturePlace,
  nearest,
  noDirection,
  put,
  textsOf,
  vectorsOf,
  versionOf,
  withStore,
} from './feature-fixtures.ts';

export function searchContract(name: string, newPlace: NewFeaturePlace): void {
  describe(`${name}: search`, () => {
    it('ranks by nearness alone when the sparse weight is 0', () =>
      withStore(newPlace, async (store) => {
        const texts = Array.from({ length: 60 }, (_, index) => `text ${index}`);
        for (let index = 0; index < texts.length; index += 3) {
          await put(store, versionOf(documentNamed(`d${index}`), texts.slice(index, index + 3)));
        }
        const target = vectorsOf([], denseOf('wanted')).dense;
        const cosine = (text: string) =>
          vectorsOf([], denseOf(text)).dense.reduce(
            (sum, component, index) => sum + component * (target[index] ?? 0),
            0,
          );
        const expected: readonly string[] = texts.toSorted((a, b) => cosine(b) - cosine(a)).slice(0, 10);
        const vectors = { ...vectorsOf(['text'], []), dense: target };
        const found = await store.search({ vectors, filter: {}, limit: 10, weights: { dense: 1, sparse: 0 } });
        assert.deepEqual(textsOf(found), expected);
        assert.ok(found.every(({ score }, index) => score <= (found[index - 1]?.score ?? Number.POSITIVE_INFINITY)));
      }));

    it('ranks by words alone when the dense weight is 0, the rarest before the most frequent', () =>
      withStore(newPlace, async (store) => {
        await put(
          store,
          versionOf(documentNamed('common'), ['the common word here', 'a common word there', 'common again']),
        );
        await put(store, versionOf(documentNamed('rare'), ['some rare word', 'nothing of it']));
        const vectors = vectorsOf(['common', 'rare'], denseOf('nothing of it'));
        const found = await store.search({ vectors, filter: {}, limit: 10, weights: { dense: 0, sparse: 1 } });
        assert.equal(textsOf(found)[0], 'some rare word');
        assert.equal(found.length, 4);
      }));

    it('fuses both rankings by their weights', () =>
      withStore(newPlace, async (store) => {
        await put(store, versionOf(documentNamed('by word'), ['needle and thread']));
        await put(store, versionOf(documentNamed('by direction'), ['entirely elsewhere']));
        const vectors = vectorsOf(['needle'], denseOf('entirely elsewhere'));
        const search = (weights: { dense: number; sparse: number }) =>
          store.search({ vectors, filter: {}, limit: 10, weights });
        assert.equal(textsOf(await search({ dense: 0.1, sparse: 10 }))[0], 'needle and thread');
        assert.equal(textsOf(await search({ dense: 10, sparse: 0.1 }))[0], 'entirely elsewhere');
        const both = await search({ dense: 1, sparse: 1 });
        assert.equal(both.length, 2);
      }));

    it('finds nothing for an empty query, and goes by one ranking when the other has nothing to go by', () =>
      withStore(newPlace, async (store) => {
        await put(store, versionOf(documentNamed('a'), ['lonely words', 'other things']));
        const search = (terms: readonly string[], dense: readonly number[]) =>
          store.search({ vectors: vectorsOf(terms, dense), filter: {}, limit: 10, weights: { dense: 1, sparse: 1 } });
        assert.deepEqual(await search([], noDirection), []);
        assert.deepEqual(textsOf(await search(['lonely'], noDirection)), ['lonely words']);
        assert.deepEqual(textsOf(await search([], denseOf('other things'))), ['other things', 'lonely words']);
        assert.deepEqual(await matching(store, ['absent']), []);
        assert.deepEqual(await matching(store, ['lonely'], { weights: { dense: 1, sparse: 0 } }), []);
      }));

    it('gives all there is when the limit is larger, and no more than the limit when it is smaller', () =>
      withStore(newPlace, async (store) => {
        assert.deepEqual(await nearest(store, denseOf('x')), []);
        const texts = Array.from({ length: 150 }, (_, index) => `same ${index}`);
        await put(store, versionOf(documentNamed('long'), texts));
        assert.equal((await nearest(store, denseOf('x'), { limit: 1_000_000_000 })).length, 150);
        assert.equal((await matching(store, ['same'], { limit: 1_000 })).length, 150);
        assert.equal((await matching(store, ['same'], { limit: 7 })).length, 7);
        assert.equal((await nearest(store, denseOf('x'), { limit: 1 })).length, 1);
      }));

    it('finds a term by exactly itself, whatever it is written in', () =>
      withStore(newPlace, async (store) => {
        const terms = [
          ...[
            'naïve',
            'naive',
            '東京',
            '京',
            '한국어',
            'हिन्दी',
            'straße',
            'strasse',
            'İ',
            'i̇',
            'ω',
            'v2',
            '2',
            '٣',
            '🙂',
            '👩‍💻',
          ],
          ...[
            'snake_case',
            'snake',
            'case',
            '_',
            '__',
            'c++',
            'c',
            'a"b',
            "it's",
            'x-y',
            'and',
            'AND',
            'A',
            'a',
            'near',
            '*',
            '^a',
          ],
          ...['terms:a', '\ue041', 'a\u0000b', 'é', 'e\u0301'],
        ];
        await put(
          store,
          versionOf(
            documentNamed('words'),
            terms.map((term, index) => ({ text: `chunk ${index}`, terms: [term, 'everywhere'] })),
          ),
        );
        for (const [index, term] of terms.entries()) {
          assert.deepEqual(textsOf(await matching(store, [term])), [`chunk ${index}`], JSON.stringify(term));
        }
      }));

    it('takes whatever is typed for words, never for syntax', () =>
      withStore(newPlace, async (store) => {
        await put(store, versionOf(documentNamed('plain'), ['plain words', 'drop table']));
        const malicious = [
          ...[
            '"',
            '""',
            '" OR "plain',
            "'; DROP TABLE chunks; --",
            'plain*',
            'NEAR(plain words)',
            'plain AND words',
            '{',
            '(',
          ],
          ...['^plain', 'terms : plain', '- plain', '+', '\\', '\u0000', '\ud800', ' ', '', 'x'.repeat(100_000)],
        ];
        for (const term of malicious) {
          assert.deepEqual(await matching(store, [term]), [], JSON.stringify(term.slice(0, 50)));
        }
        assert.deepEqual(textsOf(await matching(store, [...malicious, 'plain'])), ['plain words']);
        await fc.assert(
          fc.asyncProperty(fc.array(fc.string({ unit: 'binary' }), { maxLength: 40 }), async (terms) => {
            await matching(store, terms);
          }),
          { numRuns: 50 },
        );
        assert.equal((await store.counts()).chunks, 2);
      }));

    it('answers a query of 10,000 terms', () =>
      withStore(newPlace, async (store) => {
        const common = Array.from({ length: 50 }, (_, index) => `w${index}`);
        await put(
          store,
          versionOf(documentNamed('long'), [
            ...Array.from({ length: 5 }, (_, index) => ({ text: `filler ${index}`, terms: common })),
            { text: 'wanted', terms: [...common, 'w9999'] },
          ]),
        );
        const terms = Array.from({ length: 10_000 }, (_, index) => `w${index}`);
        assert.equal(textsOf(await matching(store, terms))[0], 'wanted');
      }));

    it('refuses vectors that cannot be compared', () =>
      withStore(newPlace, async (store) => {
        const version = versionOf(documentNamed('broken'), ['piece']);
        const withDense = (dense: Float32Array) =>
          version.writes.map(({ chunk, vectors }) => ({ chunk, vectors: { ...vectors, dense } }));
        const write = (dense: Float32Array) => store.replace(version.document, version.manifest, withDense(dense));
        const search = (dense: Float32Array) =>
          store.search({
            vectors: { ...vectorsOf([], []), dense },
            filter: {},
            limit: 10,
            weights: { dense: 1, sparse: 1 },
          });
        const notFinite = (error: unknown) => error instanceof RejectedInput && error.reason === 'invalid_vector';
        for (const attempt of [write, search]) {
          await assert.rejects(attempt(new Float32Array(dimensions + 1)), Misconfigured);
          await assert.rejects(attempt(new Float32Array(dimensions).fill(Number.NaN)), notFinite);
        }
        assert.equal((await store.counts()).documents, 0);
      }));

    it('never sees a document without a complete version of it while it is replaced', () =>
      withStore(newPlace, async (store, opened) => {
        await using reader = await opened.open();
        await reader.prepare({ dimensions });
        const document = documentNamed('live');
        const count = 6;
        const versionNumber = (revision: number) =>
          versionOf(
            document,
            Array.from({ length: count }, (_, index) => `live ${revision} ${index}`),
            { revision },
          );
        await put(store, versionNumber(1));
        let writing = true;
        const writer = (async () => {
          for (let revision = 2; revision <= 25; revision += 1) {
            await put(store, versionNumber(revision));
            await new Promise((resolve) => setImmediate(resolve));
          }
          writing = false;
        })();
        let searches = 0;
        while (writing || searches < 3) {
          const perVersion = Map.groupBy(
            textsOf(await matching(reader, ['live'], { limit: 1_000 })),
            (text) => text.split(' ')[1],
          );
          assert.ok(
            [...perVersion.values()].some((texts) => texts.length === count),
            JSON.stringify([...perVersion]),
          );
          searches += 1;
          await new Promise((resolve) => setImmediate(resolve));
        }
        await writer;
      }));
  });
}
