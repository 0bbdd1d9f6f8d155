import { capturedCollections } from '../domain/change.ts';
import type { DocumentDraft, Platform, RawDocument } from '../domain/documents.ts';
import { TransientError } from '../domain/errors.ts';
import { documentId } from '../domain/identity.ts';
import type { DocumentStore, StoredDocument } from '../ports/document-store.ts';
import { articles, code, collectionOfKind, posts, repositories, users } from './collections.ts';
import { contentHashOf } from './content-hash.ts';
import { snapshotOf } from './snapshot.ts';
import { TypedCollection } from './typed-collection.ts';

type CapturedCollection = (typeof capturedCollections)[number];

export interface PutResult {
  readonly documentId: string;
  readonly result: 'created' | 'updated' | 'unchanged';
  readonly revision: number;
}

export interface DocumentCounts {
  readonly articles: number;
  readonly posts: number;
  readonly code: number;
  readonly repositories: number;
  readonly users: number;
}

/** So often may another writer come first. */
const maxAttempts = 20;

/**
 * Articles, posts and code as they were found. Any number of writers may work at once: a revision is written by
 * exactly one of them.
 * @throws TransientError also when others kept changing the same document in between
 */
export class RawDocuments {
  readonly #store: DocumentStore;
  readonly #collections: {
    readonly articles: TypedCollection<RawDocument>;
    readonly posts: TypedCollection<RawDocument>;
    readonly code: TypedCollection<RawDocument>;
  };

  constructor(store: DocumentStore) {
    this.#store = store;
    this.#collections = {
      articles: new TypedCollection<RawDocument>(store, articles),
      posts: new TypedCollection<RawDocument>(store, posts),
      code: new TypedCollection<RawDocument>(store, code),
    };
  }

  /**
   * Stores what was found. Where nothing that a reader can see has changed, nothing is written.
   * @returns `updated` also for a document that was deleted and came back
   * @throws RejectedInput `malformed_document`, `too_large`
   */
  async put(draft: DocumentDraft, now: Date): Promise<PutResult> {
    const id = documentId(draft.platform, draft.naturalKey);
    const collection = collectionOfKind[draft.kind];
    const contentHash = contentHashOf(draft);
    return await this.#untilFirst(id, async () => {
      const stored = await this.#store.get(collection, id, { fields: ['contentHash', 'revision', 'deletedAt'] });
      const storedRevision = stored === undefined ? 0 : revisionOf(stored);
      const isThere = stored !== undefined && stored['deletedAt'] === undefined;
      if (isThere && stored['contentHash'] === contentHash) {
        return { documentId: id, result: 'unchanged', revision: storedRevision };
      }
      if (!isThere) {
        await this.#leaveOtherCollections(id, collection, now);
      }
      const revision = storedRevision + 1;
      const document = await documentOf(draft, { id, contentHash, revision, now });
      const written =
        stored === undefined
          ? await this.#collections[collection].insert(document)
          : await this.#collections[collection].replace(document, storedRevision);
      return written ? { documentId: id, result: stored === undefined ? 'created' : 'updated', revision } : undefined;
    });
  }

  async get(collection: CapturedCollection, id: string): Promise<RawDocument | undefined> {
    return await this.#collections[collection].get(id);
  }

  /**
   * For what its origin no longer has. The document stays, with `deletedAt`.
   * @returns whether there was anything to mark
   */
  async markDeleted(id: string, now: Date): Promise<boolean> {
    for (const collection of capturedCollections) {
      if (await this.#markDeletedIn(collection, id, now)) {
        return true;
      }
    }
    return false;
  }

  /** What is stored, and not deleted, with a natural key that starts so: natural key → document id. */
  async idsUnder(platform: Platform, naturalKeyPrefix: string): Promise<Map<string, string>> {
    const ids = new Map<string, string>();
    const filter = { platform, naturalKey: { startsWith: naturalKeyPrefix }, deletedAt: null };
    for (const collection of capturedCollections) {
      for await (const { _id, naturalKey } of this.#store.find(collection, filter, { fields: ['naturalKey'] })) {
        ids.set(String(naturalKey), _id);
      }
    }
    return ids;
  }

  async isStored(id: string): Promise<boolean> {
    for (const collection of capturedCollections) {
      const stored = await this.#store.get(collection, id, { fields: ['deletedAt'] });
      if (stored !== undefined && stored['deletedAt'] === undefined) return true;
    }
    return false;
  }

  /** The link of a document that is stored and not deleted. */
  async linkOf(id: string): Promise<string | undefined> {
    for (const collection of capturedCollections) {
      const stored = await this.#store.get(collection, id, { fields: ['deletedAt', 'link'] });
      if (stored !== undefined && stored['deletedAt'] === undefined) return String(stored['link']);
    }
    return undefined;
  }

  /** Of the whole store, without documents that are deleted. */
  async counts(): Promise<DocumentCounts> {
    const present = { deletedAt: null };
    return {
      articles: await this.#collections.articles.count(present),
      posts: await this.#collections.posts.count(present),
      code: await this.#collections.code.count(present),
      repositories: await this.#store.count(repositories.name),
      users: await this.#store.count(users.name),
    };
  }

  async #markDeletedIn(collection: CapturedCollection, id: string, now: Date): Promise<boolean> {
    return await this.#untilFirst(id, async () => {
      // Unchecked: what is malformed must be possible to delete, too.
      const document = await this.#store.get(collection, id);
      if (document === undefined || document['deletedAt'] !== undefined) {
        return false;
      }
      const revision = revisionOf(document);
      const at = now.toISOString();
      const tombstone = { ...document, revision: revision + 1, changedAt: at, deletedAt: at };
      return (await this.#store.replace(collection, tombstone, revision)) ? true : undefined;
    });
  }

  /** What was a post and is an article now has one id in two collections; only the newer one holds. */
  async #leaveOtherCollections(id: string, collection: CapturedCollection, now: Date): Promise<void> {
    for (const other of capturedCollections) {
      if (other !== collection && (await this.#store.get(other, id, { fields: [] })) !== undefined) {
        await this.#markDeletedIn(other, id, now);
      }
    }
  }

  /** Tries again for as long as `attempt` finds that another writer came first, and gives undefined. */
  async #untilFirst<Result>(id: string, attempt: () => Promise<Result | undefined>): Promise<Result> {
    for (let attempts = 0; attempts < maxAttempts; attempts += 1) {
      const result = await attempt();
      if (result !== undefined) {
        return result;
      }
    }
    throw new TransientError(`Others kept changing the document ${id} while it was to be written.`);
  }
}

function revisionOf(stored: StoredDocument): number {
  const revision = stored['revision'];
  return typeof revision === 'number' ? revision : 0;
}

async function documentOf(
  draft: DocumentDraft,
  { id, contentHash, revision, now }: { id: string; contentHash: string; revision: number; now: Date },
): Promise<RawDocument> {
  const { payload, title, publishedAt, ...rest } = draft;
  return {
    ...rest,
    _id: id,
    ...(title === undefined ? {} : { title }),
    ...(publishedAt === undefined ? {} : { publishedAt }),
    snapshot: await snapshotOf(payload),
    contentHash,
    revision,
    crawledAt: now.toISOString(),
    changedAt: now.toISOString(),
  };
}
