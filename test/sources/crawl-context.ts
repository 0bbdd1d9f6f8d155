import type { CrawlJob } from '../../runtime/domain/crawl-job.ts';
import type { CrawlState, DocumentDraft, Platform } from '../../runtime/domain/documents.ts';
import { authorId, crawlStateId, documentId } from '../../runtime/domain/identity.ts';
import type { CrawlContext, Crawled, Source, StateUpdate } from '../../runtime/ports/source.ts';

const runId = '00000000-0000-4000-8000-000000000001';

type Outcome<Name extends Crawled['outcome']> = Extract<Crawled, { readonly outcome: Name }>;

/** What one crawl yielded, by outcome. */
export class CrawlReport {
  readonly outcomes: readonly Crawled[];

  constructor(outcomes: readonly Crawled[]) {
    this.outcomes = outcomes;
  }

  of<Name extends Crawled['outcome']>(name: Name): Outcome<Name>[] {
    return this.outcomes.filter((crawled): crawled is Outcome<Name> => crawled.outcome === name);
  }

  get drafts(): DocumentDraft[] {
    return this.of('document').map(({ draft }) => draft);
  }

  get unchanged(): number {
    return this.of('unchanged').reduce((sum, { documents }) => sum + documents, 0);
  }

  /** Reason → links that were skipped for it. */
  get skipped(): Record<string, string[]> {
    const byReason: Record<string, string[]> = {};
    for (const { reason, link } of this.of('skipped')) {
      byReason[reason] = [...(byReason[reason] ?? []), link];
    }
    return byReason;
  }
}

/** Keeps in memory what the crawl stage keeps in a store, with the promises of CrawlContext. */
export class MemoryCrawl {
  /** Platform and natural key → draft. */
  readonly documents = new Map<string, DocumentDraft>();
  readonly states = new Map<string, CrawlState>();
  /** Scope and key of what was found under another scope before. */
  readonly #members = new Set<string>();

  context(author: string, signal: AbortSignal): CrawlContext {
    return {
      signal,
      state: async (key) => {
        const state = this.states.get(key);
        return state?.authorId === author ? state : undefined;
      },
      statesIn: async (scope) =>
        new Map(
          [...this.states].filter(([key, state]) => state.scope === scope || this.#members.has(`${scope} ${key}`)),
        ),
      documentsUnder: async (platform, prefix) =>
        new Map(
          [...this.documents.values()]
            .filter((draft) => draft.platform === platform && draft.naturalKey.startsWith(prefix))
            .map(({ naturalKey }) => [naturalKey, documentId(platform, naturalKey)]),
        ),
      isStored: async (platform, naturalKey) => this.documents.has(`${platform} ${naturalKey}`),
      linkOf: async (platform, naturalKey) => this.documents.get(`${platform} ${naturalKey}`)?.link,
    };
  }

  /** Crawls to the end, or until `stop` says so, as a killed process would. */
  async crawl(
    source: Source,
    url: string,
    options: { author?: string; signal?: AbortSignal; stop?: (crawled: Crawled) => boolean } = {},
  ): Promise<CrawlReport> {
    const job = jobFor(source.platform, url, options.author ?? 'Ada');
    const context = this.context(job.authorId, options.signal ?? new AbortController().signal);
    const outcomes: Crawled[] = [];
    for await (const crawled of source.crawl(job, context)) {
      if (options.stop?.(crawled) === true) {
        break;
      }
      outcomes.push(crawled);
      this.#apply(crawled, job);
    }
    return new CrawlReport(outcomes);
  }

  #apply(crawled: Crawled, job: CrawlJob): void {
    if (crawled.outcome === 'document') {
      this.documents.set(`${crawled.draft.platform} ${crawled.draft.naturalKey}`, crawled.draft);
    } else if (crawled.outcome === 'deleted') {
      this.documents.delete(`${job.platform} ${crawled.naturalKey}`);
      this.states.delete(crawled.stateKey ?? crawled.naturalKey);
    }
    if ('state' in crawled && crawled.state !== undefined) {
      this.#remember(crawled.state, job);
    }
  }

  #remember(state: StateUpdate, job: CrawlJob): void {
    const before = this.states.get(state.key);
    const stays = before?.authorId === job.authorId && before.scope !== state.key;
    if (stays && state.scope !== state.key) this.#members.add(`${state.scope} ${state.key}`);
    this.states.set(state.key, {
      ...state,
      scope: stays ? before.scope : state.scope,
      _id: crawlStateId(state.key),
      authorId: job.authorId,
      failures: 0,
      crawledAt: new Date().toISOString(),
    });
  }
}

export function jobFor(platform: Platform, url: string, author = 'Ada'): CrawlJob {
  return { version: 1, task: 'fetch', url, platform, authorId: authorId(author), runId };
}
