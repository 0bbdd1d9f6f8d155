import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { kinds } from '../../runtime/domain/documents.ts';
import { TransientError } from '../../runtime/domain/errors.ts';
import type { DocumentFeatures, FeatureFilter } from '../../runtime/domain/features.ts';
import { authorId } from '../../runtime/domain/identity.ts';
import type { FeatureStore } from '../../runtime/ports/feature-store.ts';
import {
  contentsOf,
  denseOf,
  dimensions,
  documentNamed,
  keeping,
  matching,
  type NewFeaturePlace,
  nearest,
  put,
  textsOf,
  type Version,
  versionOf,
  withStore,
} from './feature-fixtures.ts';

export function writingContract(name: string, newPlace: NewFeaturePlace): void {
  describe(`${name}: replace and remove`, () => {
    it('gives back exactly what was stored', () =>
      withStore(newPlace, async (store) => {
        const version = versionOf(documentNamed('full'), [
          'first piece',
          'zweites Stück 東京 🙂',
          'with \u0000 and "quotes"\n',
        ]);
        assert.deepEqual(await put(store, version), { added: 3, kept: 0, removed: 0 });
        assert.deepEqual(await store.manifest(version.document.documentId), version.manifest);
        const { documents, chunks, counts } = await contentsOf(store);
        assert.deepEqual(documents, [{ document: version.document, manifest: version.manifest }]);
        assert.deepEqual(
          chunks,
          version.writes.map(({ chunk, vectors }) => ({ document: version.document, chunk, dense: vectors.dense })),
        );
        assert.deepEqual(counts, { documents: 1, chunks: 3 });
      }));

    it('keeps a document without the optional facts, and one without chunks', () =>
      withStore(newPlace, async (store) => {
        const { documentId, kind, platform, authorId: author, link } = documentNamed('bare');
        const bare = { documentId, kind, platform, authorId: author, author: 'Ada', link };
        await put(store, versionOf(bare, []));
        assert.deepEqual((await contentsOf(store)).documents, [
          { document: bare, manifest: { revision: 1, fingerprint: 'pipeline-1', chunks: {} } },
        ]);
        assert.equal(await store.remove(documentId), 0);
        assert.equal(await store.manifest(documentId), undefined);
      }));

    it('changes nothing when the same is written again, with vectors or without', () =>
      withStore(newPlace, async (store) => {
        const version = versionOf(documentNamed('again'), ['one', 'two']);
        await put(store, version);
        const before = await contentsOf(store);
        assert.deepEqual(await put(store, version), { added: 0, kept: 2, removed: 0 });
        assert.deepEqual(await store.replace(version.document, version.manifest, keeping(version)), {
          added: 0,
          kept: 2,
          removed: 0,
        });
        assert.deepEqual(await contentsOf(store), before);
        assert.deepEqual(textsOf(await matching(store, ['one'])), ['one']);
      }));

    it('takes over new vectors and terms for a chunk that it has', () =>
      withStore(newPlace, async (store) => {
        const document = documentNamed('embedded anew');
        await put(
          store,
          versionOf(document, [{ text: 'same text', terms: ['before', 'both'], dense: denseOf('before') }]),
        );
        const piece = { text: 'same text', terms: ['after', 'both'], dense: denseOf('after') };
        const anew = versionOf(document, [piece], { fingerprint: 'pipeline-2' });
        assert.deepEqual(await put(store, anew), { added: 0, kept: 1, removed: 0 });
        assert.deepEqual(await matching(store, ['before']), []);
        assert.deepEqual(textsOf(await matching(store, ['after', 'both'])), ['same text']);
        assert.deepEqual((await contentsOf(store)).chunks[0]?.dense, anew.writes[0]?.vectors.dense);
      }));

    it('adds what is new, removes what is stale, and moves what is kept', () =>
      withStore(newPlace, async (store) => {
        const document = documentNamed('edited');
        await put(store, versionOf(document, ['alpha', 'beta', 'gamma']));
        const edited = versionOf(document, ['delta', 'gamma', 'epsilon', 'alpha'], { revision: 2 });
        const result = await store.replace(document, edited.manifest, keeping(edited, ['delta', 'epsilon']));
        assert.deepEqual(result, { added: 2, kept: 2, removed: 1 });
        assert.deepEqual(await store.manifest(document.documentId), edited.manifest);
        assert.deepEqual(
          (await contentsOf(store)).chunks,
          edited.writes.map(({ chunk, vectors }) => ({ document, chunk, dense: vectors.dense })),
        );
        assert.deepEqual(await matching(store, ['beta']), []);
        assert.deepEqual(textsOf(await matching(store, ['gamma'])), ['gamma']);
        assert.deepEqual(textsOf(await nearest(store, denseOf('alpha'), { limit: 1 })), ['alpha']);

        const shrunk = versionOf(document, ['gamma'], { revision: 3 });
        const outcome = await store.replace(document, shrunk.manifest, keeping(shrunk));
        assert.deepEqual(outcome, { added: 0, kept: 1, removed: 3 });
        assert.equal((await store.counts()).chunks, 1);
      }));

    it('lets kept chunks follow their document into another kind, platform, author, language and time', () =>
      withStore(newPlace, async (store) => {
        const before = documentNamed('moved', { publishedAt: '2020-01-01T00:00:00.000Z' });
        await put(store, versionOf(before, ['kept']));
        const facts: Partial<DocumentFeatures> = {
          kind: 'code',
          platform: 'github',
          authorId: authorId('Grace'),
          author: 'Grace',
          language: 'rust',
          publishedAt: '2024-01-01T00:00:00.000Z',
        };
        const now = { ...before, ...facts };
        const version = versionOf(now, ['kept'], { revision: 2 });
        await store.replace(now, version.manifest, keeping(version));
        const filters: readonly (readonly [FeatureFilter, number])[] = [
          [{ kinds: ['code'] }, 1],
          [{ kinds: ['article'] }, 0],
          [{ platforms: ['github'] }, 1],
          [{ platforms: ['web'] }, 0],
          [{ authorIds: [authorId('Grace')] }, 1],
          [{ authorIds: [authorId('Ada')] }, 0],
          [{ languages: ['rust'] }, 1],
          [{ languages: ['en'] }, 0],
          [{ since: '2023-01-01T00:00:00.000Z' }, 1],
        ];
        for (const [filter, expected] of filters) {
          assert.equal((await nearest(store, denseOf('kept'), { filter })).length, expected, JSON.stringify(filter));
          assert.equal((await matching(store, ['kept'], { filter })).length, expected, JSON.stringify(filter));
        }
      }));

    it('tells apart pieces of a document that read the same', () =>
      withStore(newPlace, async (store) => {
        const version = versionOf(documentNamed('refrain'), ['refrain', 'verse', 'refrain']);
        await put(store, version);
        assert.deepEqual(textsOf((await contentsOf(store)).chunks), ['refrain', 'verse', 'refrain']);
        assert.equal((await matching(store, ['refrain'])).length, 2);
      }));

    const unusable: readonly (readonly [string, (version: Version) => Parameters<FeatureStore['replace']>])[] = [
      ['is not stored', (version) => [version.document, version.manifest, keeping(version, ['old'])]],
      [
        'has another hash',
        ({ document, manifest, writes: [old, fresh] }) => {
          assert.ok(old !== undefined && fresh !== undefined);
          return [document, manifest, [{ chunk: { ...old.chunk, hash: fresh.chunk.hash } }, fresh]];
        },
      ],
      [
        'was made by another pipeline',
        (version) => [
          version.document,
          { ...version.manifest, fingerprint: 'pipeline-2' },
          keeping(version, ['fresh']),
        ],
      ],
    ];
    for (const [reason, change] of unusable) {
      it(`changes nothing and asks for another try when a chunk without vectors ${reason}`, () =>
        withStore(newPlace, async (store) => {
          const document = documentNamed('raced');
          await put(store, versionOf(document, ['old', 'other']));
          const before = await contentsOf(store);
          const attempt = change(versionOf(document, ['old', 'fresh'], { revision: 2 }));
          await assert.rejects(store.replace(...attempt), TransientError);
          assert.deepEqual(await contentsOf(store), before);
          assert.deepEqual(await matching(store, ['fresh']), []);
        }));
    }

    it('does not let an older revision overwrite a newer one of the same pipeline', () =>
      withStore(newPlace, async (store) => {
        const document = documentNamed('late');
        const newer = versionOf(document, ['new', 'newer'], { revision: 5 });
        await put(store, newer);
        const before = await contentsOf(store);
        assert.deepEqual(await put(store, versionOf(document, ['old'], { revision: 4 })), {
          added: 0,
          kept: 2,
          removed: 0,
        });
        assert.deepEqual(await contentsOf(store), before);

        const other = versionOf(document, ['remade'], { revision: 4, fingerprint: 'pipeline-2' });
        assert.deepEqual(await put(store, other), { added: 1, kept: 0, removed: 2 });
        assert.deepEqual(await store.manifest(document.documentId), other.manifest);
      }));

    it('removes a document with its chunks and nothing else', () =>
      withStore(newPlace, async (store) => {
        const kept = versionOf(documentNamed('kept'), ['shared words', 'more']);
        const gone = versionOf(documentNamed('gone'), ['shared words', 'less', 'least']);
        await put(store, kept);
        const before = await contentsOf(store);
        await put(store, gone);
        assert.equal(await store.remove(gone.document.documentId), 3);
        assert.equal(await store.remove(gone.document.documentId), 0);
        assert.equal(await store.remove(documentNamed('never').documentId), 0);
        assert.deepEqual(await contentsOf(store), before);
        assert.equal(await store.manifest(gone.document.documentId), undefined);
        assert.deepEqual(textsOf(await matching(store, ['shared'])), ['shared words']);
        assert.deepEqual(await put(store, gone), { added: 3, kept: 0, removed: 0 });
      }));

    it('keeps everything when it is opened again', () =>
      withStore(newPlace, async (store, opened) => {
        await put(store, versionOf(documentNamed('a'), ['one', 'two']));
        await put(store, versionOf(documentNamed('b', { kind: 'post' }), ['three']));
        const before = await contentsOf(store);
        await using again = await opened.open();
        await again.prepare({ dimensions });
        assert.deepEqual(await contentsOf(again), before);
        assert.deepEqual(textsOf(await matching(again, ['three'])), ['three']);
        assert.deepEqual(textsOf(await nearest(again, denseOf('two'), { limit: 1 })), ['two']);
      }));

    it('holds exactly what a list of documents holds after any sequence of writes', () => {
      const pieces = fc.array(fc.constantFrom('red', 'green', 'blue', 'red green', 'blue blue'), { maxLength: 5 });
      const step = fc.record({
        name: fc.constantFrom('a', 'b', 'c'),
        kind: fc.constantFrom(...kinds),
        pieces: fc.option(pieces, { nil: undefined }),
      });
      return fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 12 }), (steps) =>
          withStore(newPlace, async (store) => {
            const model = new Map<string, Version>();
            for (const [index, { name: document, kind, pieces: texts }] of steps.entries()) {
              const facts = documentNamed(document, { kind });
              const known = model.get(document);
              if (texts === undefined) {
                assert.equal(await store.remove(facts.documentId), known?.writes.length ?? 0);
                model.delete(document);
                continue;
              }
              const version = versionOf(facts, texts, { revision: index + 1 });
              const stored = known?.manifest.chunks ?? {};
              const writes = version.writes.map((write) => (write.chunk.id in stored ? { chunk: write.chunk } : write));
              const { added, kept, removed } = await store.replace(facts, version.manifest, writes);
              assert.deepEqual([added + kept, kept + removed], [writes.length, Object.keys(stored).length]);
              model.set(document, version);
            }
            const versions = [...model.values()].sort((a, b) =>
              a.document.documentId < b.document.documentId ? -1 : 1,
            );
            const { documents, chunks } = await contentsOf(store);
            assert.deepEqual(
              documents,
              versions.map(({ document, manifest }) => ({ document, manifest })),
            );
            assert.deepEqual(
              chunks,
              versions.flatMap(({ document, writes }) =>
                writes.map(({ chunk, vectors }) => ({ document, chunk, dense: vectors.dense })),
              ),
            );
            for (const word of ['red', 'green', 'blue']) {
              const expected: readonly string[] = chunks
                .filter(({ chunk }) => chunk.text.includes(word))
                .map(({ chunk }) => chunk.id);
              const found = (await matching(store, [word], { limit: 100 })).map(({ chunk }) => chunk.id);
              assert.deepEqual(found.toSorted(), expected.toSorted(), word);
            }
          }),
        ),
        { numRuns: 15 },
      );
    });
  });
}
