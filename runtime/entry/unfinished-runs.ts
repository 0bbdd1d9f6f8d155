import type { CrawlStates } from '../odm/crawl-states.ts';

/** After this time a source is wanted as it is now, not as an earlier command has begun to take it in. */
const resumableMs = 24 * 60 * 60_000;

/**
 * What one command has begun and not finished, the next one goes on with: pages that were stored since the first of them
 * asked are not asked for again.
 */
export class UnfinishedRuns {
  readonly #states: CrawlStates;
  readonly #authorId: string;
  readonly #begun: string[] = [];

  constructor(states: CrawlStates, authorId: string) {
    this.#states = states;
    this.#authorId = authorId;
  }

  /** @returns since when what is stored of the source counts as fresh */
  async begin(url: string, now: Date): Promise<string> {
    const key = keyOf(url);
    const before = await this.#states.get(key);
    const since = before?.authorId === this.#authorId ? before.validators['requestedAt'] : undefined;
    const resumes = typeof since === 'string' && now.getTime() - Date.parse(since) < resumableMs;
    const requestedAt = resumes ? since : now.toISOString();
    const state = { key, scope: key, validators: { requestedAt }, lastResult: 'unfinished' };
    await this.#states.put(state, this.#authorId, now);
    this.#begun.push(key);
    return requestedAt;
  }

  /** Everything that was begun has come to an end, good or bad. */
  async finish(): Promise<void> {
    for (const key of this.#begun) await this.#states.delete(key);
  }
}

function keyOf(url: string): string {
  return `unfinished ${url}`;
}
