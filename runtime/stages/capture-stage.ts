import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { type Change, capturedCollections } from '../domain/change.ts';
import { PositionLost, TransientError } from '../domain/errors.ts';
import type { CapturedChange, ChangeFeed, Position } from '../ports/change-feed.ts';
import type { DocumentStore } from '../ports/document-store.ts';
import type { FeatureStore } from '../ports/feature-store.ts';
import type { Message, Queue } from '../ports/queue.ts';
import { sleep } from './sleep.ts';

export interface CaptureOptions {
  readonly feed: ChangeFeed;
  readonly store: DocumentStore;
  readonly queue: Queue<Change>;
  readonly logger: Logger;
  /** Capture waits while more messages than this lie in the queue, so that a slow worker does not fill the disk. */
  readonly highWater?: number | undefined;
  /**
   * The feature store, where this process can see it. When it is not complete for `origin` (it is new, was made from
   * another raw store or by another pipeline), everything is published again.
   */
  readonly target?: { readonly features: FeatureStore; readonly origin: string } | undefined;
  readonly onPublished?: ((changes: number) => void) | undefined;
}

const scanBatch = 500;

/** After fewer changes than a queue takes in one request, others may come along if they are given this long. */
const fullBatch = 10;
const gatheringMs = 20;

/** The depth of the queue is asked for after so many changes. */
const depthEvery = 250;

/**
 * Change data capture: publishes every change of the captured collections, at least once and in order per document.
 * The position is saved only when the queue has confirmed everything before it, so a killed capture publishes again
 * what it is not sure of. A lost position is announced and answered by a scan of all collections.
 */
export class CaptureStage {
  readonly #options: CaptureOptions;
  /** What was in the queue before this process began counts as unknown. */
  #sinceDepth = depthEvery;

  constructor(options: CaptureOptions) {
    this.#options = options;
  }

  /** Runs until aborted. @throws Misconfigured */
  async run(signal: AbortSignal): Promise<void> {
    const { feed, logger } = this.#options;
    let pauseMs = 0;
    let lost = await this.#mustScan();
    while (!signal.aborted) {
      try {
        if (lost) await this.#scan(signal);
        lost = false;
        for await (const batch of feed.read(await feed.position(), signal)) {
          await this.#publish(batch.changes, signal);
          // Aborted while waiting for room: nothing of this batch was sent, so it is not behind us.
          if (signal.aborted) return;
          await feed.save(batch.position);
          pauseMs = 0;
          if (batch.changes.length < fullBatch) await sleep(gatheringMs, signal);
        }
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof PositionLost) {
          logger.warn({ err: error }, 'the change position is lost: scanning all collections again');
          lost = true;
        } else if (error instanceof TransientError) {
          pauseMs = Math.min(Math.max(pauseMs * 2, 250), 10_000);
          logger.warn({ err: error, pauseMs }, 'change capture was interrupted; trying again');
          await sleep(pauseMs, signal);
        } else {
          throw error;
        }
      }
    }
  }

  async #mustScan(): Promise<boolean> {
    const { feed, logger, target } = this.#options;
    if (target === undefined) return false;
    const { features, origin } = target;
    const completeFor = await features.completeFor();
    if (completeFor === origin) return false;
    if (completeFor === undefined && (await feed.position()) === undefined) {
      // Nothing was ever captured: the feed itself brings everything.
      await features.markComplete(origin);
      return false;
    }
    logger.warn(
      { completeFor, origin },
      'the feature store is not of this raw store and pipeline: all is indexed again',
    );
    return true;
  }

  /**
   * Publishes every document as it is, tombstones as deletes, and what only the feature store knows as deletes too; then
   * goes on from the position before the scan.
   */
  async #scan(signal: AbortSignal): Promise<void> {
    const { feed, store, logger, target } = this.#options;
    const head: Position = await feed.head();
    const scanId = randomUUID();
    let documents = 0;
    for (const collection of capturedCollections) {
      let batch: CapturedChange[] = [];
      for await (const found of store.find(collection, {}, { fields: ['revision', 'changedAt', 'deletedAt'] })) {
        if (signal.aborted) return;
        batch.push({
          id: `${scanId}:${found._id}`,
          change: {
            version: 1,
            collection,
            documentId: found._id,
            operation: found['deletedAt'] === undefined ? 'upsert' : 'delete',
            revision: Number(found['revision']),
            occurredAt: String(found['changedAt']),
          },
        });
        documents += 1;
        if (batch.length === scanBatch) {
          await this.#publish(batch, signal);
          batch = [];
        }
      }
      await this.#publish(batch, signal);
    }
    await this.#publishOrphans(scanId, signal);
    if (signal.aborted) return;
    await feed.save(head);
    await target?.features.markComplete(target.origin);
    logger.info({ documents }, 'all collections were scanned');
  }

  async #publishOrphans(scanId: string, signal: AbortSignal): Promise<void> {
    const { store, target } = this.#options;
    if (target === undefined) return;
    for await (const { document, manifest } of target.features.documents({})) {
      if (signal.aborted) return;
      const { documentId } = document;
      const found = capturedCollections.map((collection) => store.get(collection, documentId, { fields: [] }));
      if ((await Promise.all(found)).some((stored) => stored !== undefined)) continue;
      const change: Change = {
        version: 1,
        collection: capturedCollections[0],
        documentId,
        operation: 'delete',
        revision: manifest.revision,
        occurredAt: new Date().toISOString(),
      };
      await this.#publish([{ id: `${scanId}:${documentId}`, change }], signal);
    }
  }

  async #publish(changes: readonly CapturedChange[], signal: AbortSignal): Promise<void> {
    if (changes.length === 0) return;
    await this.#room(signal);
    if (signal.aborted) return;
    // The worker reads the document as it is by then: of several changes of one document the last says all. Deletes
    // stay, as nothing else tells that a document was made anew.
    const last = new Map(changes.map((captured) => [captured.change.documentId, captured]));
    const telling = changes.filter(
      (captured) => captured.change.operation === 'delete' || last.get(captured.change.documentId) === captured,
    );
    const messages: Message<Change>[] = telling.map(({ id, change }) => ({
      body: change,
      group: change.documentId,
      deduplicationId: id,
    }));
    await this.#options.queue.send(messages);
    this.#sinceDepth += messages.length;
    this.#options.onPublished?.(messages.length);
  }

  async #room(signal: AbortSignal): Promise<void> {
    const { queue, highWater } = this.#options;
    if (highWater === undefined || this.#sinceDepth < depthEvery) return;
    while (!signal.aborted && (await queue.depth()).visible > highWater) await sleep(100, signal);
    this.#sinceDepth = 0;
  }
}
