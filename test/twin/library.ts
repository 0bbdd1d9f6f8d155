import assert from 'node:assert/strict';
import { HashingEmbedder } from '../../runtime/adapters/embedders/hashing-embedder.ts';
import type { DocumentDraft } from '../../runtime/domain/documents.ts';
import { authorId } from '../../runtime/domain/identity.ts';
import { collectionOfKind } from '../../runtime/odm/collections.ts';
import { codeDraftOf, day, draftOf, payloadOf } from '../odm/draft.ts';
import { TestWorkspace } from '../stages/workspace.ts';

const queues = 'A queue keeps what was sent until somebody has done it. Its dead letters are read on Mondays.';

/** What two people wrote, in all kinds. The words of `queues` are in everything. */
const writing: readonly { readonly author: string; readonly draft: DocumentDraft }[] = [
  {
    author: 'Ada Lovelace',
    draft: {
      ...draftOf('https://ada.example/queues', queues),
      title: 'Dead letters',
      publishedAt: '2025-03-01T00:00:00.000Z',
    },
  },
  {
    author: 'Ada Lovelace',
    draft: codeDraftOf(
      'dead-letters.ts',
      '/** A queue keeps dead letters. */\nexport function bury(letter: string): void {}\n',
      'c0ffee',
    ),
  },
  {
    author: 'Grace Hopper',
    draft: {
      ...draftOf('https://grace.example/post', ''),
      kind: 'post',
      platform: 'linkedin',
      content: { text: `${queues} So I was told.` },
      payload: payloadOf(queues),
      title: undefined,
      publishedAt: '2026-01-10T08:00:00.000Z',
    },
  },
];

/** A workspace in which the writing is indexed. */
export async function openLibrary(): Promise<TestWorkspace> {
  const library = await TestWorkspace.open();
  const { documents, users, pipeline, features } = library;
  for (const { author, draft } of writing) {
    const { name } = await users.getOrCreate(author, day(1));
    const { documentId } = await documents.put({ ...draft, authorId: authorId(author) }, day(1));
    const document = await documents.get(collectionOfKind[draft.kind], documentId);
    assert.ok(document !== undefined);
    const made = await pipeline.process(document, name, undefined, AbortSignal.timeout(60_000));
    await features.replace(made.features, made.manifest, made.writes);
  }
  return library;
}

export const { dimensions } = new HashingEmbedder();
