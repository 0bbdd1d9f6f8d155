import type { Logger } from 'pino';
import type { Change } from '../domain/change.ts';
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
  readonly onIndexed?: (indexed: Indexed) => void;
  readonly onDeadLetter?: (change: Change, failure: Failure) => void;
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
      signal,
      serialBy: (change) => change.documentId,
      handle: async (change, handSignal) => {
        const outcome = await this.index(change, handSignal);
        this.#options.onIndexed?.({ ...outcome, freshnessMs: Date.now() - Date.parse(change.occurredAt) });
      },
      ...(onDeadLetter === undefined ? {} : { onDeadLetter }),
    });
  }

  /** Brings the features of one document up to date. Idempotent. */
  async index(change: Change, signal: AbortSignal): Promise<Omit<Indexed, 'freshnessMs'>> {
    const { documents, users, features, pipeline } = this.#options;
    const { collection, documentId } = change;
    const nothing = { documentId, chunks: 0, embedded: 0, reused: 0, removed: 0 };
    // The manifest first, the document second: revisions only grow, so a manifest that is ahead of a document read
    // after it belongs to one that was removed and made anew.
    const previous = await features.manifest(documentId);
    const document = await documents.get(collection, documentId);
    if (document === undefined || document.deletedAt !== undefined) {
      return { ...nothing, result: 'removed', removed: await features.remove(documentId) };
    }
    const isCurrent = previous?.revision === document.revision && previous.fingerprint === pipeline.fingerprint;
    if (isCurrent) return { ...nothing, result: 'current' };
    const remade = previous !== undefined && previous.revision > document.revision;
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
}
