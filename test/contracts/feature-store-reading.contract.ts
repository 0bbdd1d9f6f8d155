import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { kinds, platforms } from '../../runtime/domain/documents.ts';
import { Misconfigured } from '../../runtime/domain/errors.ts';
import type { DocumentFeatures, FeatureFilter } from '../../runtime/domain/features.ts';
import { authorId } from '../../runtime/domain/identity.ts';
import {
  collect,
  contentsOf,
  denseOf,
  dimensions,
  documentNamed,
  matching,
  type NewFeaturePlace,
  nearest,
  put,
  versionOf,
  withStore,
} from './feature-fixtures.ts';

export function readingContract(name: string, newPlace: NewFeaturePlace): void {
  describe(`${name}: filters and reading everything`, () => {
    const authors = ['Ada', 'Grace', 'Linus'].map((author) => ({ author, authorId: authorId(author) }));
    const languages = ['en', 'de', 'typescript', undefined];
    const times = [undefined, '2019-12-31T23:59:59.999Z', '2020-01-01T00:00:00.000Z', '2024-06-01T08:30:00.500Z'];

    function mixedDocuments(count: number): readonly DocumentFeatures[] {
      return Array.from({ length: count }, (_, index) => {
        const { publishedAt: _published, language: _language, ...document } = documentNamed(`mixed ${index}`);
        const language = languages[index % languages.length];
        const publishedAt = times[Math.floor(index / 3) % times.length];
        return {
          ...document,
          kind: kinds[index % kinds.length] ?? 'post',
          platform: platforms[Math.floor(index / 2) % platforms.length] ?? 'web',
          ...authors[Math.floor(index / 5) % authors.length],
          ...(language === undefined ? {} : { language }),
          ...(publishedAt === undefined ? {} : { publishedAt }),
        };
      });
    }

    function includes(filter: FeatureFilter, document: DocumentFeatures): boolean {
      const { kind, platform, authorId: author, language, publishedAt } = document;
      return (
        (filter.kinds?.includes(kind) ?? true) &&
        (filter.platforms?.includes(platform) ?? true) &&
        (filter.authorIds?.includes(author) ?? true) &&
        (filter.languages === undefined || (language !== undefined && filter.languages.includes(language))) &&
        (filter.since === undefined || (publishedAt !== undefined && publishedAt >= filter.since))
      );
    }

    it('searches and reads exactly what is inside a filter, each alone and all together', () =>
      withStore(newPlace, async (store) => {
        const documents = mixedDocuments(120);
        for (const document of documents) {
          await put(store, versionOf(document, ['shared word', `more of ${document.link}`]));
        }
        const some = <Value>(values: readonly Value[]) => fc.option(fc.subarray([...values]), { nil: undefined });
        const filters: fc.Arbitrary<FeatureFilter> = fc.record({
          kinds: some(kinds),
          platforms: some(platforms),
          authorIds: some([...authors.map((each) => each.authorId), authorId('nobody')]),
          languages: some(['en', 'de', 'typescript', 'cobol', '']),
          since: fc.option(fc.constantFrom('2020-01-01T00:00:00.000Z', '2024-06-01T08:30:00.501Z'), { nil: undefined }),
        });
        const check = async (filter: FeatureFilter) => {
          const expected = documents
            .filter((document) => includes(filter, document))
            .map((document) => document.documentId);
          const inOrder = expected.toSorted();
          const idsOf = (found: readonly { document: DocumentFeatures }[]) =>
            found.map(({ document }) => document.documentId);
          assert.deepEqual(idsOf(await collect(store.documents(filter))), inOrder);
          assert.deepEqual(
            idsOf(await collect(store.chunks(filter))),
            inOrder.flatMap((id) => [id, id]),
          );
          const byWord = await matching(store, ['shared'], { filter, limit: 500 });
          assert.deepEqual(idsOf(byWord).toSorted(), inOrder);
          const byDirection = await nearest(store, denseOf('shared word'), { filter, limit: 500 });
          assert.deepEqual([...new Set(idsOf(byDirection))].toSorted(), inOrder);
          assert.equal(byDirection.length, 2 * inOrder.length);
        };
        await check({});
        await check({ kinds: ['post'] });
        await check({ platforms: ['github', 'file'] });
        await check({ authorIds: [authorId('Grace')] });
        await check({ languages: ['de'] });
        await check({ since: '2020-01-01T00:00:00.000Z' });
        await check({ kinds: [] });
        await fc.assert(fc.asyncProperty(filters, check), { numRuns: 25 });
      }));

    it('reads everything in the order of document ids and ordinals, however much there is', () =>
      withStore(newPlace, async (store) => {
        const long = versionOf(
          documentNamed('long'),
          Array.from({ length: 450 }, (_, index) => `piece ${(index * 7) % 450}`),
        );
        await put(store, long);
        for (let index = 0; index < 420; index += 1) {
          await put(store, versionOf(documentNamed(`short ${index}`), [`only ${index}`]));
        }
        const { documents, chunks, counts } = await contentsOf(store);
        assert.equal(counts.documents, 421);
        assert.equal(counts.chunks, 870);
        const ids = documents.map(({ document }) => document.documentId);
        assert.deepEqual(ids, [...new Set(ids)].sort());
        assert.equal(documents.length, 421);
        const positions = chunks.map(
          ({ document, chunk }) => `${document.documentId} ${String(chunk.ordinal).padStart(6, '0')}`,
        );
        assert.deepEqual(positions, [...new Set(positions)].sort());
        assert.equal(positions.length, 870);
      }));

    it('counts documents and chunks', () =>
      withStore(newPlace, async (store) => {
        assert.deepEqual(await store.counts(), { documents: 0, chunks: 0 });
        await put(store, versionOf(documentNamed('a', { kind: 'post' }), ['one']));
        await put(store, versionOf(documentNamed('b', { kind: 'post' }), ['one', 'two']));
        await put(store, versionOf(documentNamed('c', { kind: 'code' }), []));
        assert.deepEqual(await store.counts(), { documents: 3, chunks: 3 });
      }));

    it('can be prepared again, but not for vectors of other dimensions', () =>
      withStore(newPlace, async (store, opened) => {
        await put(store, versionOf(documentNamed('a'), ['one']));
        await store.prepare({ dimensions });
        await using again = await opened.open();
        await assert.rejects(again.prepare({ dimensions: dimensions + 1 }), Misconfigured);
        await again.prepare({ dimensions });
        assert.equal((await again.counts()).chunks, 1);
      }));
  });
}
