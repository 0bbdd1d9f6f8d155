import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Change } from '../../runtime/domain/change.ts';
import type { RawDocument } from '../../runtime/domain/documents.ts';
import { authorId, documentId } from '../../runtime/domain/identity.ts';
import { type Indexed, type IndexOptions, IndexStage } from '../../runtime/stages/index-stage.ts';
import { gather } from '../contracts/gather.ts';
import { ada, day, draftOf, payloadOf } from '../odm/draft.ts';
import { silent } from './queues.ts';
import { changeQueueOf, TestWorkspace, until, whileRunning } from './workspace.ts';

const page = 'https://ada.example/page';
const id = documentId('web', page);
const neverAborted = new AbortController().signal;

/** Long enough that no two of them end up in one chunk. */
const paragraph = (about: string): string =>
  `## ${about}\n\n${Array.from({ length: 40 }, (_, index) => `The ${index + 1}. sentence of what I think about ${about}.`).join(' ')}`;

const three = [paragraph('engines'), paragraph('looms'), paragraph('cards')].join('\n\n');
const threeEdited = [paragraph('engines'), paragraph('poems'), paragraph('cards')].join('\n\n');

function changeOf(revision: number, changes: Partial<Change> = {}): Change {
  const occurredAt = day(1).toISOString();
  return { version: 1, collection: 'articles', documentId: id, operation: 'upsert', revision, occurredAt, ...changes };
}

function stageOf(workspace: TestWorkspace, options: Partial<IndexOptions> & Pick<IndexOptions, 'queue'>): IndexStage {
  const { documents, users, features, pipeline } = workspace;
  const stores = { documents, users, features, pipeline };
  return new IndexStage({ ...stores, logger: silent, concurrency: 4, maxAttempts: 3, ...options });
}

/** A workspace whose changes are handed over by hand. */
async function openIndex() {
  const workspace = await TestWorkspace.open();
  const served = await workspace.serveQueues();
  const stage = stageOf(workspace, { queue: changeQueueOf(served) });
  return {
    workspace,
    index: (change: Change) => stage.index(change, neverAborted),
    write: (markdown: string, author = ada) =>
      workspace.documents.put({ ...draftOf(page, markdown), authorId: author }, day(1)),
    writePost: (text: string) => {
      const { title, platform, naturalKey, authorId, link } = draftOf(page, '');
      const draft = { kind: 'post', title, platform, naturalKey, authorId, link } as const;
      return workspace.documents.put({ ...draft, content: { text }, payload: payloadOf(text) }, day(2));
    },
    [Symbol.asyncDispose]: async () => {
      await served[Symbol.asyncDispose]();
      await workspace[Symbol.asyncDispose]();
    },
  };
}

/** The chunks of the feature store: id → text. */
async function chunksOf({ features }: TestWorkspace): Promise<Map<string, string>> {
  return new Map((await gather(features.chunks({}))).map(({ chunk }) => [chunk.id, chunk.text]));
}

/** The feature store holds exactly what a new one would be given. */
async function assertHolds({ features, pipeline }: TestWorkspace, document: RawDocument | undefined): Promise<void> {
  assert.ok(document !== undefined);
  const { manifest, writes } = await pipeline.process(document, 'Ada', undefined, neverAborted);
  assert.deepEqual(await features.manifest(document._id), manifest);
  const chunks = (await gather(features.chunks({}))).map(({ chunk }) => chunk);
  assert.deepEqual(
    chunks,
    writes.map(({ chunk }) => chunk),
  );
}

describe('The index stage', { concurrency: true, timeout: 60_000 }, () => {
  test('makes a new document searchable as it is now', async () => {
    await using place = await openIndex();
    const { workspace } = place;
    await place.write('an older text');
    await place.write(three);
    const indexed = await place.index(changeOf(1));
    assert.ok(indexed.chunks >= 3);
    assert.deepEqual(indexed, {
      documentId: id,
      result: 'indexed',
      chunks: indexed.chunks,
      embedded: indexed.chunks,
      reused: 0,
      removed: 0,
    });
    await assertHolds(workspace, await workspace.documents.get('articles', id));
    assert.equal((await workspace.features.manifest(id))?.revision, 2, 'the document as it is, not as it was then');
  });

  test('embeds only what an edit has changed, and takes out what it has replaced', async () => {
    await using place = await openIndex();
    const { workspace } = place;
    await place.write(three);
    await place.index(changeOf(1));
    const before = await chunksOf(workspace);
    await place.write(threeEdited);
    const indexed = await place.index(changeOf(2));
    assert.ok(indexed.reused >= 2 && indexed.embedded >= 1, JSON.stringify(indexed));
    assert.equal(indexed.embedded + indexed.reused, indexed.chunks);
    const after = await chunksOf(workspace);
    assert.equal(new Set(before.keys()).difference(new Set(after.keys())).size, indexed.removed);
    assert.equal(new Set(before.keys()).intersection(new Set(after.keys())).size, indexed.reused);
    assert.ok([...after.values()].every((text) => !text.includes('looms')));
    await assertHolds(workspace, await workspace.documents.get('articles', id));
  });

  test('takes out a document that is marked deleted, and has no trouble when told twice', async () => {
    await using place = await openIndex();
    const { workspace } = place;
    await place.write(three);
    const { chunks } = await place.index(changeOf(1));
    await workspace.documents.markDeleted(id, day(2));
    const change = changeOf(2, { operation: 'delete' });
    const removed = { documentId: id, result: 'removed', chunks: 0, embedded: 0, reused: 0, removed: chunks };
    assert.deepEqual(await place.index(change), removed);
    assert.deepEqual(await workspace.features.counts(), { documents: 0, chunks: 0 });
    assert.deepEqual(await place.index(change), { ...removed, removed: 0 });
  });

  test('indexes a document that was deleted and came back', async () => {
    await using place = await openIndex();
    const { workspace } = place;
    await place.write(three);
    await place.index(changeOf(1));
    await workspace.documents.markDeleted(id, day(2));
    await place.index(changeOf(2, { operation: 'delete' }));
    await place.write(three);
    assert.equal((await place.index(changeOf(3))).result, 'indexed');
    assert.equal((await place.index(changeOf(2, { operation: 'delete' }))).result, 'current', 'a late repeat');
    await assertHolds(workspace, await workspace.documents.get('articles', id));
  });

  test('does nothing for a change that is repeated, or older than what it has', async () => {
    await using place = await openIndex();
    const { workspace } = place;
    await place.write(three);
    await place.index(changeOf(1));
    await place.write(threeEdited);
    await place.index(changeOf(2));
    const before = await gather(workspace.features.chunks({}));
    const nothing = { documentId: id, result: 'current', chunks: 0, embedded: 0, reused: 0, removed: 0 };
    assert.deepEqual(await place.index(changeOf(2)), nothing);
    assert.deepEqual(await place.index(changeOf(1)), nothing);
    assert.deepEqual(await gather(workspace.features.chunks({})), before);
  });

  test('indexes a document that was removed and made anew with lower revisions', async () => {
    await using place = await openIndex();
    const { workspace } = place;
    await place.write(paragraph('engines'));
    await place.write(three);
    await place.index(changeOf(2));
    const before = await chunksOf(workspace);
    await workspace.store.delete('articles', id);
    await place.write(paragraph('poems'));
    const indexed = await place.index(changeOf(1));
    assert.deepEqual([indexed.result, indexed.removed], ['indexed', before.size]);
    await assertHolds(workspace, await workspace.documents.get('articles', id));
  });

  test('indexes a document that was removed and made anew with the same revision', async () => {
    await using place = await openIndex();
    const { workspace } = place;
    await place.write(three);
    await place.index(changeOf(1));
    await workspace.store.delete('articles', id);
    await place.write(paragraph('poems'));
    assert.equal((await place.index(changeOf(1, { operation: 'delete' }))).result, 'indexed');
    await assertHolds(workspace, await workspace.documents.get('articles', id));
    assert.equal((await place.index(changeOf(1))).result, 'current');
  });

  test('follows a document that moved to another collection, in whatever order it is told', async () => {
    await using place = await openIndex();
    const { workspace } = place;
    await place.write(three);
    await place.index(changeOf(1));
    await place.writePost('It is a post now, and shorter.');
    const left = changeOf(2, { operation: 'delete' });
    const arrived = changeOf(1, { collection: 'posts' });
    const isThere = async (): Promise<void> => assertHolds(workspace, await workspace.documents.get('posts', id));
    assert.equal((await place.index(left)).result, 'indexed');
    await isThere();
    assert.equal((await place.index(arrived)).result, 'current');
    await place.index(left);
    await isThere();
  });

  test('reuses nothing of a document that was in another collection, however far the new one has come', async () => {
    await using place = await openIndex();
    await place.write('The same words.');
    await place.index(changeOf(1));
    for (const text of ['first', 'second', 'The same words.']) await place.writePost(text);
    const { result, embedded, reused } = await place.index(changeOf(2, { operation: 'delete' }));
    assert.deepEqual({ result, embedded, reused }, { result: 'indexed', embedded: 1, reused: 0 });
  });

  test('makes features anew when they were made by another pipeline', async () => {
    await using place = await openIndex();
    const { workspace } = place;
    await place.write(three);
    const document = await workspace.documents.get('articles', id);
    assert.ok(document !== undefined);
    const { features, manifest, writes } = await workspace.pipeline.process(document, 'Ada', undefined, neverAborted);
    await workspace.features.replace(features, { ...manifest, fingerprint: 'of last year' }, writes);
    const indexed = await place.index(changeOf(1));
    assert.deepEqual([indexed.result, indexed.embedded, indexed.reused], ['indexed', writes.length, 0]);
    assert.equal((await workspace.features.manifest(id))?.fingerprint, workspace.pipeline.fingerprint);
  });

  test('names the author as the users do, and by the id when they know nobody of that id', async () => {
    await using place = await openIndex();
    const { workspace } = place;
    const authors = async () => (await gather(workspace.features.documents({}))).map(({ document }) => document.author);
    await place.write(three);
    await place.index(changeOf(1));
    assert.deepEqual(await authors(), [ada]);
    await workspace.users.getOrCreate('Grace Hopper', day(1));
    await place.write(three, authorId('grace hopper'));
    await place.index(changeOf(2));
    assert.deepEqual(await authors(), ['Grace Hopper']);
  });

  test('takes changes from its queue, and leaves there what it has not indexed', async () => {
    await using workspace = await TestWorkspace.open();
    await using served = await workspace.serveQueues();
    const queue = changeQueueOf(served);
    const indexed: Indexed[] = [];
    const dead: string[] = [];
    await workspace.documents.put(draftOf(page, three), day(1));
    const broken = documentId('web', 'broken');
    await workspace.store.insert('articles', { _id: broken, revision: 1, written: 'by another hand' });
    const changes = [changeOf(1), changeOf(1, { documentId: broken })];
    await queue.send(changes.map((body) => ({ body, group: body.documentId, deduplicationId: body.documentId })));
    const stage = stageOf(workspace, {
      queue,
      onIndexed: (each) => void indexed.push(each),
      onDeadLetter: (change, { reason }) => void dead.push(`${change.documentId}: ${reason}`),
    });
    await whileRunning(stage, () => until('both are settled', () => indexed.length === 1 && dead.length === 1));
    assert.deepEqual(await queue.depth(), { visible: 0, inFlight: 0, dead: 1 });
    assert.deepEqual(dead, [`${broken}: malformed_document`]);
    assert.equal(indexed[0]?.result, 'indexed');
    assert.ok(indexed[0].freshnessMs > 0);
    await assertHolds(workspace, await workspace.documents.get('articles', id));
  });
});
