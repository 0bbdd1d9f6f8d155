import type { CrawlState } from '../domain/documents.ts';
import { crawlStateId } from '../domain/identity.ts';
import type { DocumentStore } from '../ports/document-store.ts';
import type { StateUpdate } from '../ports/source.ts';
import { crawlStates } from './collections.ts';
import { TypedCollection } from './typed-collection.ts';

/** What crawls remember, by key. Nothing here is captured: a crawl that finds nothing new writes only here. */
export class CrawlStates {
  readonly #collection: TypedCollection<CrawlState>;

  constructor(store: DocumentStore) {
    this.#collection = new TypedCollection(store, crawlStates);
  }

  async get(key: string): Promise<CrawlState | undefined> {
    return await this.#collection.get(crawlStateId(key));
  }

  /** After a success: what failed before is forgotten. */
  async put(update: StateUpdate, authorId: string, now: Date): Promise<void> {
    await this.#collection.put({
      ...update,
      _id: crawlStateId(update.key),
      authorId,
      failures: 0,
      crawledAt: now.toISOString(),
    });
  }

  /**
   * After a failure: validators stay as they were for the same author, so that the next success can still be
   * "not modified", and are dropped for another, who has not got the document.
   * @param failure without `scope` it stays the one it was, else the key
   */
  async recordFailure(
    failure: Pick<CrawlState, 'key' | 'authorId'> & { readonly scope?: string | undefined; readonly reason: string },
    now: Date,
  ): Promise<void> {
    const { reason, scope, ...state } = failure;
    const before = await this.get(failure.key);
    const known = before?.authorId === failure.authorId ? before : undefined;
    await this.#collection.put({
      ...state,
      _id: crawlStateId(failure.key),
      scope: scope ?? known?.scope ?? failure.key,
      validators: known?.validators ?? {},
      lastResult: reason,
      failures: (known?.failures ?? 0) + 1,
      crawledAt: now.toISOString(),
    });
  }

  /** All that was remembered under `scope`, by key, of whatever author. */
  async inScope(scope: string): Promise<Map<string, CrawlState>> {
    const states = new Map<string, CrawlState>();
    for await (const state of this.#collection.find({ scope })) {
      states.set(state.key, state);
    }
    return states;
  }

  /** How many links ended so the last time they were crawled. Results that none ended with are left out. */
  async counts(results: readonly string[]): Promise<Map<string, number>> {
    const counts = new Map<string, number>();
    for (const lastResult of results) {
      const count = await this.#collection.count({ lastResult });
      if (count > 0) counts.set(lastResult, count);
    }
    return counts;
  }

  /** @returns whether there was one */
  async delete(key: string): Promise<boolean> {
    return await this.#collection.delete(crawlStateId(key));
  }
}
