import { subscriptionId } from '../domain/identity.ts';
import type { Subscription } from '../domain/subscription.ts';
import type { DocumentStore } from '../ports/document-store.ts';
import { subscriptions } from './collections.ts';
import { TypedCollection } from './typed-collection.ts';

export type Subscribed = Pick<Subscription, 'url' | 'task' | 'platform' | 'authorId' | 'everyMs'>;

/** What is crawled again on an interval. Any number of crawlers may look at it at once. */
export class Subscriptions {
  readonly #collection: TypedCollection<Subscription>;

  constructor(store: DocumentStore) {
    this.#collection = new TypedCollection(store, subscriptions);
  }

  /**
   * Makes the sources of one list those that are given, and no others. One that was there keeps its turn, unless it
   * is crawled in another way now. A new one is due at once.
   */
  async replaceList(list: string, sources: readonly Subscribed[], now: Date): Promise<void> {
    const kept = new Set<string>();
    for (const source of sources) {
      const _id = subscriptionId(list, source.url, source.authorId);
      kept.add(_id);
      const before = await this.#collection.get(_id);
      if (before !== undefined && isSame(before, source)) continue;
      const revision = (before?.revision ?? 0) + 1;
      await this.#collection.put({ ...source, _id, list, nextAt: now.toISOString(), revision });
    }
    for await (const { _id } of this.#collection.find({ list })) {
      if (!kept.has(_id)) await this.#collection.delete(_id);
    }
  }

  /** Those whose time has come, the longest waiting first. */
  async due(now: Date): Promise<readonly Subscription[]> {
    const due: Subscription[] = [];
    for await (const subscription of this.#collection.find()) {
      if (subscription.nextAt <= now.toISOString()) due.push(subscription);
    }
    return due.sort((a, b) => (a.nextAt < b.nextAt ? -1 : 1));
  }

  /** After its jobs are sent. @returns false when another crawler was first */
  async advance(subscription: Subscription, now: Date): Promise<boolean> {
    const { everyMs, revision } = subscription;
    const nextAt = new Date(now.getTime() + everyMs).toISOString();
    return await this.#collection.replace({ ...subscription, nextAt, revision: revision + 1 }, revision);
  }

  /** All that is listed in `list` was crawled just now, by whoever asks. */
  async crawled(list: string, now: Date): Promise<void> {
    for await (const subscription of this.#collection.find({ list })) await this.advance(subscription, now);
  }
}

function isSame(before: Subscribed, { everyMs, task, platform }: Subscribed): boolean {
  return before.everyMs === everyMs && before.task === task && before.platform === platform;
}
