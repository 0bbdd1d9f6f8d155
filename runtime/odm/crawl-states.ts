import type { CrawlState } from '../domain/documents.ts';
import { crawlStateId } from '../domain/identity.ts';
import type { DocumentStore } from '../ports/document-store.ts';
import type { StateUpdate } from '../ports/source.ts';
import { crawlStates } from './collections.ts';
import { TypedCollection } from './typed-collection.ts';

/** The result of a state that only says that another one, `of` which it is, is in its scope as well. */
const member = 'member';

/** What crawls remember, by key. Nothing here is captured: a crawl that finds nothing new writes only here. */
export class CrawlStates {
  readonly #collection: TypedCollection<CrawlState>;

  constructor(store: DocumentStore) {
    this.#collection = new TypedCollection(store, crawlStates);
  }

  async get(key: string): Promise<CrawlState | undefined> {
    return await this.#collection.get(crawlStateId(key));
  }

  /** After a success: what failed before is forgotten. What was found under another scope before belongs to both. */
  async put(update: StateUpdate, authorId: string, now: Date): Promise<void> {
    const before = await this.get(update.key);
    const state = { ...update, authorId, failures: 0, crawledAt: now.toISOString() };
    await this.#collection.put({
      ...state,
      _id: crawlStateId(update.key),
      scope: before?.authorId === authorId ? await this.#join(state, before.scope) : update.scope,
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
    const failed = {
      ...state,
      scope: scope ?? known?.scope ?? failure.key,
      validators: known?.validators ?? {},
      lastResult: reason,
      failures: (known?.failures ?? 0) + 1,
      crawledAt: now.toISOString(),
    };
    await this.#collection.put({
      ...failed,
      _id: crawlStateId(failure.key),
      scope: known === undefined ? failed.scope : await this.#join(failed, known.scope),
    });
  }

  /** All that was remembered under `scope`, by key, of whatever author. */
  async inScope(scope: string): Promise<Map<string, CrawlState>> {
    const states = new Map<string, CrawlState>();
    for await (const found of this.#collection.find({ scope })) {
      const state = found.lastResult === member ? await this.get(String(found.validators['of'])) : found;
      if (state !== undefined) states.set(state.key, state);
    }
    return states;
  }

  /** @returns the scope that the state stays in; what it is found under as well is remembered beside it */
  async #join(state: Omit<CrawlState, '_id'>, former: string): Promise<string> {
    const { key, scope } = state;
    // By itself, a link is in no scope but its own.
    if (former === scope || former === key) return scope;
    if (scope !== key) {
      const name = `${scope}\u0000${key}`;
      await this.#collection.put({
        ...state,
        _id: crawlStateId(name),
        key: name,
        validators: { of: key },
        lastResult: member,
      });
    }
    return former;
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
