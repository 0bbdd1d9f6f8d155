import type { Change } from '../domain/change.ts';
import { type CrawlJob, deduplicationIdOf } from '../domain/crawl-job.ts';
import type { Failure } from '../stages/consume.ts';
import type { CrawlObserver, CrawlOutcome } from '../stages/crawl-stage.ts';
import type { Indexed } from '../stages/index-stage.ts';
import {
  addCounts,
  type DocumentCounts,
  JobTally,
  noDocuments,
  type SourceResult,
  SourceTally,
} from './ingest-tally.ts';

export interface IndexTotals {
  documents: number;
  chunks: number;
  embedded: number;
  reused: number;
  removed: number;
}

/** A job, and for whom it is done. */
interface RunningJob {
  readonly tally: JobTally;
  readonly sources: Set<SourceTally>;
}

/** Follows the jobs of one run through the stages of this process, and knows when all of them are done. */
export class IngestRun implements CrawlObserver {
  readonly runId: string;
  readonly index: IndexTotals = { documents: 0, chunks: 0, embedded: 0, reused: 0, removed: 0 };
  #published = 0;
  readonly #sources: SourceTally[] = [];
  /** By deduplication id: the same link found for two sources is one job in the queue. */
  readonly #running = new Map<string, RunningJob>();
  /** Jobs of this run that are over: the queue drops them when they are found once more. */
  readonly #over = new Set<string>();
  /** Who to blame when the change of a document cannot be indexed. */
  readonly #waitingForIndex = new Map<string, readonly SourceTally[]>();
  #notices: string[] = [];
  readonly #allCrawled = Promise.withResolvers<void>();

  constructor(runId: string) {
    this.runId = runId;
  }

  /** A source that never became a job. */
  refuse(source: string, failure: Failure): void {
    const tally = new SourceTally(source);
    tally.broken = true;
    tally.fail({ link: source, ...failure });
    this.#sources.push(tally);
  }

  expect(source: string, job: CrawlJob): void {
    const tally = new SourceTally(source, job);
    this.#sources.push(tally);
    this.#expect(job, [tally]);
  }

  /** Resolves when every expected job is finished or failed. */
  allCrawled(): Promise<void> {
    this.#settle();
    return this.#allCrawled.promise;
  }

  started(job: CrawlJob): void {
    this.#job(job)?.tally.begin();
  }

  found(job: CrawlJob, outcome: CrawlOutcome): void {
    const running = this.#job(job);
    running?.tally.add(outcome);
    if ('documentId' in outcome && running !== undefined) {
      this.#waitingForIndex.set(outcome.documentId, [...running.sources]);
    }
  }

  expanded(job: CrawlJob, into: readonly CrawlJob[]): void {
    const sources = [...(this.#job(job)?.sources ?? [])];
    for (const found of into) {
      this.#expect(found, sources);
      for (const source of sources) if (source.url === found.url) source.platform = found.platform;
    }
  }

  /** Whether they were sent or not is found out when the job is tried again. */
  withdrawn(job: CrawlJob, into: readonly CrawlJob[]): void {
    for (const found of into) {
      const running = this.#job(found);
      for (const source of this.#job(job)?.sources ?? []) running?.sources.delete(source);
      if (running?.sources.size === 0) this.#running.delete(deduplicationIdOf(found));
    }
  }

  finished(job: CrawlJob): void {
    this.#end(job);
  }

  retrying(job: CrawlJob, { message }: Failure, delayMs: number): void {
    if (this.#job(job) !== undefined) this.#notices.push(`${message}; trying again in ${delayMs / 1000} s`);
  }

  failed(job: CrawlJob, failure: Failure): void {
    const running = this.#job(job);
    running?.tally.fail({ link: job.url, ...failure });
    for (const source of running?.sources ?? []) source.broken ||= source.url === job.url;
    this.#end(job);
  }

  published(changes: number): void {
    this.#published += changes;
  }

  indexed(indexed: Indexed): void {
    this.#waitingForIndex.delete(indexed.documentId);
    if (indexed.result === 'current') return;
    this.index.documents += 1;
    this.index.chunks += indexed.chunks;
    this.index.embedded += indexed.embedded;
    this.index.reused += indexed.reused;
    this.index.removed += indexed.removed;
  }

  indexFailed(change: Change, failure: Failure): void {
    for (const tally of this.#waitingForIndex.get(change.documentId) ?? []) {
      tally.fail({ link: change.documentId, reason: failure.reason, message: `not indexed: ${failure.message}` });
    }
    this.#waitingForIndex.delete(change.documentId);
  }

  /** What a waiting person should know, each told once. */
  takeNotices(): readonly string[] {
    const notices = this.#notices;
    this.#notices = [];
    return notices;
  }

  /** Documents that were written and not seen indexed yet. */
  get awaitingIndex(): number {
    return this.#waitingForIndex.size;
  }

  /** For whoever shows progress. */
  progress(): { readonly crawl: DocumentCounts; readonly published: number; readonly index: IndexTotals } {
    const crawl = noDocuments();
    for (const { documents } of this.#sources) addCounts(crawl, documents);
    for (const { tally } of this.#running.values()) addCounts(crawl, tally.documents);
    return { crawl, published: this.#published, index: this.index };
  }

  results(): readonly SourceResult[] {
    const running = [...this.#running.values()];
    return this.#sources.map((source) =>
      source.result(running.filter(({ sources }) => sources.has(source)).map(({ tally }) => tally)),
    );
  }

  /** What was left out on purpose, over all sources, by reason. */
  skipped(): ReadonlyMap<string, number> {
    const total = new Map<string, number>();
    for (const { skipped } of this.#sources) {
      for (const [reason, count] of skipped) total.set(reason, (total.get(reason) ?? 0) + count);
    }
    return total;
  }

  /** What should have been taken in and was not, over all sources, by reason. */
  failedByReason(): ReadonlyMap<string, number> {
    const total = new Map<string, number>();
    for (const { errors } of this.#sources) {
      for (const { reason } of errors) total.set(reason, (total.get(reason) ?? 0) + 1);
    }
    return total;
  }

  #expect(job: CrawlJob, sources: readonly SourceTally[]): void {
    const id = deduplicationIdOf(job);
    if (this.#over.has(id) || sources.length === 0) return;
    const running = this.#running.get(id) ?? { tally: new JobTally(), sources: new Set() };
    for (const source of sources) running.sources.add(source);
    this.#running.set(id, running);
  }

  #job(job: CrawlJob): RunningJob | undefined {
    return job.runId === this.runId ? this.#running.get(deduplicationIdOf(job)) : undefined;
  }

  #end(job: CrawlJob): void {
    if (job.runId !== this.runId) return;
    const id = deduplicationIdOf(job);
    const running = this.#running.get(id);
    this.#over.add(id);
    if (running !== undefined) {
      running.tally.end();
      for (const source of running.sources) source.add(running.tally);
      this.#running.delete(id);
    }
    this.#settle();
  }

  #settle(): void {
    if (this.#running.size === 0) this.#allCrawled.resolve();
  }
}
