import type { Logger } from 'pino';
import { type CrawlJob, deduplicationIdOf, groupOf, rootOf } from '../domain/crawl-job.ts';
import type { Platform } from '../domain/documents.ts';
import { RejectedInput } from '../domain/errors.ts';
import { documentId } from '../domain/identity.ts';
import type { CrawlStates } from '../odm/crawl-states.ts';
import type { RawDocuments } from '../odm/raw-documents.ts';
import type { Repositories } from '../odm/repositories.ts';
import type { Queue } from '../ports/queue.ts';
import type { CrawlContext, Crawled, Source, StateUpdate } from '../ports/source.ts';
import { consume, type Failure, type Postponements } from './consume.ts';

/** What became of one thing that a job found, once it is stored. */
export type CrawlOutcome =
  | { readonly result: 'created' | 'updated' | 'deleted'; readonly documentId: string; readonly link: string }
  | { readonly result: 'unchanged'; readonly documents: number }
  | { readonly result: 'rejected'; readonly link: string; readonly reason: string; readonly message: string }
  | { readonly result: 'skipped'; readonly link: string; readonly reason: string };

/** Told of everything that a crawl does, as it happens. */
export interface CrawlObserver {
  /** A job is begun, perhaps not for the first time. */
  started(job: CrawlJob): void;
  found(job: CrawlJob, outcome: CrawlOutcome): void;
  /** The job has found others, which are about to be sent. */
  expanded(job: CrawlJob, into: readonly CrawlJob[]): void;
  /** They could not be sent, or not all of them; the job will be tried again, or has failed. */
  withdrawn(job: CrawlJob, into: readonly CrawlJob[]): void;
  /** Everything the job found is stored. */
  finished(job: CrawlJob): void;
  /** The job has failed and will be tried again after `delayMs`. */
  retrying(job: CrawlJob, failure: Failure, delayMs: number): void;
  /** The job is in the dead-letter queue. */
  failed(job: CrawlJob, failure: Failure): void;
}

/** For whom nobody waits. Below what the redrive policy of a queue allows. */
const usualPostponements: Postponements = { most: 20, longestMs: Number.POSITIVE_INFINITY };

type FoundJob = Extract<Crawled, { readonly outcome: 'job' }>;

export interface CrawlOptions {
  readonly queue: Queue<CrawlJob>;
  readonly sources: readonly Source[];
  readonly documents: RawDocuments;
  readonly states: CrawlStates;
  readonly repositories: Repositories;
  readonly logger: Logger;
  readonly concurrency: number;
  readonly maxAttempts: number;
  /** How long to put up with hosts that name a time to come back at. Default: for hours. */
  readonly postponements?: Postponements | undefined;
  /** Whether jobs may name files of this machine: only where the queue is this machine's own. */
  readonly allowLocal: boolean;
  readonly observer?: CrawlObserver | undefined;
}

/**
 * Works off crawl jobs: the source of the job's platform reads, this stage stores. What a crawl remembers is written
 * after what it found, so a killed crawl looks again at whatever it is not sure to have stored.
 */
export class CrawlStage {
  readonly #options: CrawlOptions;
  readonly #sources: ReadonlyMap<Platform, Source>;

  constructor(options: CrawlOptions) {
    this.#options = options;
    this.#sources = new Map(options.sources.map((source) => [source.platform, source]));
  }

  /** Runs until aborted. @throws Misconfigured */
  async run(signal: AbortSignal): Promise<void> {
    const { queue, logger, concurrency, maxAttempts, observer, states } = this.#options;
    const { postponements = usualPostponements } = this.#options;
    await consume({
      queue,
      logger,
      concurrency,
      maxAttempts,
      postponements,
      signal,
      handle: (job, handSignal) => this.#crawl(job, handSignal),
      onRetry: (job, failure, delayMs) => observer?.retrying(job, failure, delayMs),
      onDeadLetter: async (job, failure) => {
        const { url, authorId, discovery } = job;
        const { reason } = failure;
        try {
          await states.recordFailure({ key: url, scope: discovery?.root, authorId, reason }, new Date());
        } finally {
          observer?.failed(job, failure);
        }
      },
    });
  }

  async #crawl(job: CrawlJob, signal: AbortSignal): Promise<void> {
    const { observer } = this.#options;
    const source = this.#sourceOf(job);
    observer?.started(job);
    const expansion = new Expansion(job, this.#options);
    for await (const crawled of source.crawl(job, this.#context(job, signal))) {
      signal.throwIfAborted();
      if (crawled.outcome === 'job') {
        await expansion.add(crawled);
        continue;
      }
      // A listing that is remembered as read must not be one whose jobs were lost.
      if ('state' in crawled && crawled.state !== undefined) await expansion.send();
      const outcome = await this.#store(job, crawled);
      if (outcome !== undefined) observer?.found(job, outcome);
    }
    await expansion.send();
    observer?.finished(job);
  }

  #sourceOf(job: CrawlJob): Source {
    const source = this.#sources.get(job.platform);
    if (source === undefined) {
      const known = [...this.#sources.keys()].join(', ');
      throw new RejectedInput('unsupported_job', `no source takes the platform "${job.platform}"; taken are ${known}`);
    }
    if (new URL(job.url).protocol === 'file:' && !this.#options.allowLocal) {
      throw new RejectedInput(
        'local_file',
        `${job.url} names a file of the worker's machine; jobs from a shared queue may only name http(s) links`,
      );
    }
    return source;
  }

  #context(job: CrawlJob, signal: AbortSignal): CrawlContext {
    const { documents, states } = this.#options;
    return {
      signal,
      state: async (key) => {
        const state = await states.get(key);
        return state?.authorId === job.authorId ? state : undefined;
      },
      statesIn: (scope) => states.inScope(scope),
      documentsUnder: (platform, prefix) => documents.idsUnder(platform, prefix),
      isStored: (platform, naturalKey) => documents.isStored(documentId(platform, naturalKey)),
      linkOf: (platform, naturalKey) => documents.linkOf(documentId(platform, naturalKey)),
    };
  }

  async #store(job: CrawlJob, crawled: Exclude<Crawled, FoundJob>): Promise<CrawlOutcome | undefined> {
    const { documents, states, repositories } = this.#options;
    const now = new Date();
    switch (crawled.outcome) {
      case 'document': {
        const { documentId, result } = await documents.put(crawled.draft, now);
        await this.#remember(job, crawled.state, now);
        if (result === 'unchanged') return { result, documents: 1 };
        return { result, documentId, link: crawled.draft.link };
      }
      case 'unchanged':
        await this.#remember(job, crawled.state, now);
        return { result: 'unchanged', documents: crawled.documents };
      case 'deleted': {
        const deleted = await documents.markDeleted(crawled.documentId, now);
        await states.delete(crawled.stateKey ?? crawled.naturalKey);
        return deleted ? { result: 'deleted', documentId: crawled.documentId, link: crawled.naturalKey } : undefined;
      }
      case 'rejected':
        await this.#remember(job, crawled.state, now);
        return { result: 'rejected', link: crawled.link, reason: crawled.reason, message: crawled.message };
      case 'skipped':
        return { result: 'skipped', link: crawled.link, reason: crawled.reason };
      case 'repository':
        await repositories.put(crawled.repository, now);
        await this.#remember(job, crawled.state, now);
        return undefined;
    }
  }

  async #remember(job: CrawlJob, state: StateUpdate | undefined, now: Date): Promise<void> {
    if (state === undefined) return;
    await this.#options.states.put(state, job.authorId, now);
  }
}

/** Jobs are sent in groups of this size. */
const groupSize = 100;

/** The jobs that one job makes. */
class Expansion {
  readonly #job: CrawlJob;
  readonly #options: Pick<CrawlOptions, 'queue' | 'observer'>;
  readonly #requestedAt: string;
  #waiting: CrawlJob[] = [];

  constructor(job: CrawlJob, options: Pick<CrawlOptions, 'queue' | 'observer'>) {
    this.#job = job;
    this.#options = options;
    this.#requestedAt = job.discovery?.requestedAt ?? job.requestedAt ?? new Date().toISOString();
  }

  async add({ task, url, platform, lastmod, unlisted }: FoundJob): Promise<void> {
    const { version, platform: own, authorId, runId } = this.#job;
    const discovery = {
      root: rootOf(this.#job),
      requestedAt: this.#requestedAt,
      ...(lastmod !== undefined && { lastmod }),
      ...(unlisted !== undefined && { unlisted }),
    };
    this.#waiting.push({ version, task, url, platform: platform ?? own, authorId, runId, discovery });
    if (this.#waiting.length >= groupSize) await this.send();
  }

  async send(): Promise<void> {
    const { queue, observer } = this.#options;
    const jobs = this.#waiting;
    this.#waiting = [];
    if (jobs.length === 0) return;
    observer?.expanded(this.#job, jobs);
    try {
      await queue.send(
        jobs.map((job) => ({ body: job, group: groupOf(job), deduplicationId: deduplicationIdOf(job) })),
      );
    } catch (error) {
      observer?.withdrawn(this.#job, jobs);
      throw error;
    }
  }
}
