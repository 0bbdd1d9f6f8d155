import type { Logger } from 'pino';
import { type Change, capturedCollections } from '../domain/change.ts';
import type { RawDocument } from '../domain/documents.ts';
import type { Manifest } from '../domain/features.ts';
import type { FeaturePipeline } from '../features/pipeline.ts';
import type { RawDocuments } from '../odm/raw-documents.ts';
import type { Users } from '../odm/users.ts';
import type { FeatureStore } from '../ports/feature-store.ts';
import type { Queue } from '../ports/queue.ts';
import { consume, type Failure } from './consume.ts';

/** What became of one change. */
export interface Indexed {
  readonly documentId: string;
  /** `current` when the feature store had this revision already. */
  readonly result: 'indexed' | 'removed' | 'current';
  readonly chunks: number;
  readonly embedded: number;
  readonly reused: number;
  /** Chunks taken out of the feature store. */
  readonly removed: number;
  /** Milliseconds from the change to being searchable. */
  readonly freshnessMs: number;
}

export interface IndexOptions {
  readonly queue: Queue<Change>;
  readonly documents: RawDocuments;
  readonly users: Users;
  readonly features: FeatureStore;
  readonly pipeline: FeaturePipeline;
  readonly logger: Logger;
  readonly concurrency: number;
  readonly maxAttempts: number;
  readonly onIndexed?: ((indexed: Indexed) => void) | undefined;
  readonly onDeadLetter?: ((change: Change, failure: Failure) => void) | undefined;
}

/**
 * Turns changes into features. Each change makes the feature store equal to the document as it is now, so repeats and
 * reordering have no effect; a change is removed from its queue only when the feature store has it durably.
 */
export class IndexStage {
  readonly #options: IndexOptions;

  constructor(options: IndexOptions) {
    this.#options = options;
  }

  /** Runs until aborted. @throws Misconfigured */
  async run(signal: AbortSignal): Promise<void> {
    const { queue, logger, concurrency, maxAttempts, onDeadLetter } = this.#options;
    await consume({
      queue,
      logger,
      concurrency,
      maxAttempts,
      // A feature store that is away says nothing against a change; the queue's own limit remains.
      maxTransientAttempts: Number.POSITIVE_INFINITY,
      signal,
      serialBy: (change) => change.documentId,
      handle: async (change, handSignal) => {
        const outcome = await this.index(change, handSignal);
        const indexed = { ...outcome, freshnessMs: Date.now() - Date.parse(change.occurredAt) };
        logger.debug(indexed, 'a change was handled');
        this.#options.onIndexed?.(indexed);
      },
      onDeadLetter,
    });
  }

  /** Brings the features of one document up to date. Idempotent. */
  async index(change: Change, signal: AbortSignal): Promise<Omit<Indexed, 'freshnessMs'>> {
    const { users, features, pipeline } = this.#options;
    const { documentId } = change;
    const nothing = { documentId, chunks: 0, embedded: 0, reused: 0, removed: 0 };
    // The manifest first, the document second: revisions only grow, so a manifest that is ahead of a document read
    // after it belongs to one that was removed and made anew.
    const previous = await features.manifest(documentId);
    const here = await this.#present(change.collection, documentId);
    const document = here ?? (await this.#presentElsewhere(change));
    if (document === undefined) {
      return { ...nothing, result: 'removed', removed: await features.remove(documentId) };
    }
    const remade = previous !== undefined && (here === undefined || isMadeAnew(document, previous, change));
    const isCurrent = previous?.revision === document.revision && previous.fingerprint === pipeline.fingerprint;
    if (isCurrent && !remade) return { ...nothing, result: 'current' };
    const orphans = remade ? await features.remove(documentId) : 0;

    const author = (await users.get(document.authorId))?.name ?? document.authorId;
    const made = await pipeline.process(document, author, remade ? undefined : previous, signal);
    const { removed } = await features.replace(made.features, made.manifest, made.writes);
    return {
      documentId,
      result: 'indexed',
      chunks: made.writes.length,
      embedded: made.embedded,
      reused: made.reused,
      removed: removed + orphans,
    };
  }

  async #present(collection: Change['collection'], id: string): Promise<RawDocument | undefined> {
    const document = await this.#options.documents.get(collection, id);
    return document?.deletedAt === undefined ? document : undefined;
  }

  /** What was a post and is an article now has left a tombstone among the posts, and began at revision 1 again. */
  async #presentElsewhere({ collection, documentId }: Change): Promise<RawDocument | undefined> {
    for (const other of capturedCollections) {
      const document = other === collection ? undefined : await this.#present(other, documentId);
      if (document !== undefined) return document;
    }
    return undefined;
  }
}

/** Whether the revisions of what is stored and of what is indexed are of two lives, and cannot be compared. */
function isMadeAnew(document: RawDocument, previous: Manifest, { operation, revision }: Change): boolean {
  return previous.revision > document.revision || (operation === 'delete' && document.revision <= revision);
}
