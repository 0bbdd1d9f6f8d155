import type { Change } from '../domain/change.ts';
import { type CrawlJob, deduplicationIdOf, rootOf } from '../domain/crawl-job.ts';
import type { Platform } from '../domain/documents.ts';
import type { Failure } from '../stages/consume.ts';
import type { CrawlObserver, CrawlOutcome } from '../stages/crawl-stage.ts';
import type { Indexed } from '../stages/index-stage.ts';

interface SourceError {
  readonly link: string;
  readonly reason: string;
  readonly message: string;
}

interface DocumentCounts {
  created: number;
  updated: number;
  unchanged: number;
  deleted: number;
  failed: number;
}

export interface SourceResult {
  readonly source: string;
  readonly platform: Platform | null;
  readonly status: 'ok' | 'partial' | 'failed';
  readonly documents: Readonly<DocumentCounts>;
  readonly errors: readonly SourceError[];
}

export interface IndexTotals {
  documents: number;
  chunks: number;
  embedded: number;
  reused: number;
  removed: number;
}

/** What one job has come to so far. */
class JobTally {
  readonly documents: DocumentCounts = { created: 0, updated: 0, unchanged: 0, deleted: 0, failed: 0 };
  readonly skipped = new Map<string, number>();
  errors: SourceError[] = [];
  /** Documents that earlier attempts wrote: this attempt finds them unchanged. */
  #writtenBefore = 0;

  begin(): void {
    this.#writtenBefore = this.documents.created + this.documents.updated;
    Object.assign(this.documents, { unchanged: 0, failed: 0 });
    this.errors = [];
    this.skipped.clear();
  }

  add(outcome: CrawlOutcome): void {
    switch (outcome.result) {
      case 'unchanged':
        this.documents.unchanged += outcome.documents;
        break;
      case 'rejected':
        this.fail(outcome);
        break;
      case 'skipped':
        this.skipped.set(outcome.reason, (this.skipped.get(outcome.reason) ?? 0) + 1);
        break;
      default:
        this.documents[outcome.result] += 1;
    }
  }

  fail({ link, reason, message }: SourceError): void {
    this.documents.failed += 1;
    this.errors.push({ link, reason, message });
  }

  end(): void {
    this.documents.unchanged = Math.max(0, this.documents.unchanged - this.#writtenBefore);
  }
}

/** What one source has come to so far, over its first job and all that this one was expanded into. */
class SourceTally {
  readonly source: string;
  /** The first guess by the link; a page may tell better. */
  platform: Platform | null;
  readonly errors: SourceError[] = [];
  readonly skipped = new Map<string, number>();
  /** The first job as a whole failed. */
  broken = false;
  readonly #ended: DocumentCounts = { created: 0, updated: 0, unchanged: 0, deleted: 0, failed: 0 };
  readonly #running = new Map<string, JobTally>();
  readonly #known = new Set<string>();

  constructor(source: string, platform: Platform | null) {
    this.source = source;
    this.platform = platform;
  }

  get finished(): boolean {
    return this.#running.size === 0;
  }

  expect(job: CrawlJob): void {
    const id = deduplicationIdOf(job);
    if (this.#known.has(id)) return;
    this.#known.add(id);
    this.#running.set(id, new JobTally());
  }

  running(job: CrawlJob): JobTally | undefined {
    return this.#running.get(deduplicationIdOf(job));
  }

  end(job: CrawlJob): void {
    const tally = this.running(job);
    if (tally === undefined) return;
    tally.end();
    addCounts(this.#ended, tally.documents);
    this.errors.push(...tally.errors);
    for (const [reason, count] of tally.skipped) this.skipped.set(reason, (this.skipped.get(reason) ?? 0) + count);
    this.#running.delete(deduplicationIdOf(job));
  }

  fail({ link, reason, message }: SourceError): void {
    this.#ended.failed += 1;
    this.errors.push({ link, reason, message });
  }

  documents(): DocumentCounts {
    const counts = { ...this.#ended };
    for (const { documents } of this.#running.values()) addCounts(counts, documents);
    return counts;
  }

  result(): SourceResult {
    const documents = this.documents();
    const { created, updated, unchanged, deleted, failed } = documents;
    const achieved = created + updated + unchanged + deleted;
    const clean = failed === 0 && !this.broken;
    const status = clean ? 'ok' : achieved > 0 && !this.broken ? 'partial' : 'failed';
    return { source: this.source, platform: this.platform, status, documents, errors: this.errors };
  }
}

function addCounts(to: DocumentCounts, counts: Readonly<DocumentCounts>): void {
  to.created += counts.created;
  to.updated += counts.updated;
  to.unchanged += counts.unchanged;
  to.deleted += counts.deleted;
  to.failed += counts.failed;
}

/** Follows the jobs of one run through the stages of this process, and knows when all of them are done. */
export class IngestRun implements CrawlObserver {
  readonly runId: string;
  readonly index: IndexTotals = { documents: 0, chunks: 0, embedded: 0, reused: 0, removed: 0 };
  #published = 0;
  readonly #tallies: SourceTally[] = [];
  /** By the link that was asked for. */
  readonly #byRoot = new Map<string, SourceTally[]>();
  /** Who to blame when the change of a document cannot be indexed. */
  readonly #waitingForIndex = new Map<string, readonly SourceTally[]>();
  #notices: string[] = [];
  readonly #allCrawled = Promise.withResolvers<void>();

  constructor(runId: string) {
    this.runId = runId;
  }

  /** A source that never became a job. */
  refuse(source: string, failure: Failure): void {
    const tally = new SourceTally(source, null);
    tally.broken = true;
    tally.fail({ link: source, ...failure });
    this.#tallies.push(tally);
  }

  expect(source: string, job: CrawlJob): void {
    const tally = new SourceTally(source, job.platform);
    this.#tallies.push(tally);
    tally.expect(job);
    // The same link given twice is one job in the queue.
    this.#byRoot.set(job.url, [...(this.#byRoot.get(job.url) ?? []), tally]);
  }

  /** Resolves when every expected job is finished or failed. */
  allCrawled(): Promise<void> {
    this.#settle();
    return this.#allCrawled.promise;
  }

  started(job: CrawlJob): void {
    for (const tally of this.#talliesOf(job)) tally.running(job)?.begin();
  }

  found(job: CrawlJob, outcome: CrawlOutcome): void {
    const tallies = this.#talliesOf(job);
    for (const tally of tallies) tally.running(job)?.add(outcome);
    if ('documentId' in outcome && tallies.length > 0) this.#waitingForIndex.set(outcome.documentId, tallies);
  }

  expanded(job: CrawlJob, into: readonly CrawlJob[]): void {
    for (const tally of this.#talliesOf(job)) {
      for (const found of into) {
        tally.expect(found);
        if (found.url === rootOf(found)) tally.platform = found.platform;
      }
    }
  }

  finished(job: CrawlJob): void {
    for (const tally of this.#talliesOf(job)) tally.end(job);
    this.#settle();
  }

  retrying(job: CrawlJob, { message }: Failure, delayMs: number): void {
    if (this.#talliesOf(job).length > 0) this.#notices.push(`${message}; trying again in ${delayMs / 1000} s`);
  }

  failed(job: CrawlJob, failure: Failure): void {
    for (const tally of this.#talliesOf(job)) {
      tally.broken ||= job.url === rootOf(job);
      tally.running(job)?.fail({ link: job.url, ...failure });
      tally.end(job);
    }
    this.#settle();
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
    const crawl: DocumentCounts = { created: 0, updated: 0, unchanged: 0, deleted: 0, failed: 0 };
    for (const tally of this.#tallies) addCounts(crawl, tally.documents());
    return { crawl, published: this.#published, index: this.index };
  }

  results(): readonly SourceResult[] {
    return this.#tallies.map((tally) => tally.result());
  }

  /** What was left out on purpose, over all sources, by reason. */
  skipped(): ReadonlyMap<string, number> {
    const total = new Map<string, number>();
    for (const tally of this.#tallies) {
      for (const [reason, count] of tally.skipped) total.set(reason, (total.get(reason) ?? 0) + count);
    }
    return total;
  }

  /** What should have been taken in and was not, over all sources, by reason. */
  failedByReason(): ReadonlyMap<string, number> {
    const total = new Map<string, number>();
    for (const { errors } of this.#tallies) {
      for (const { reason } of errors) total.set(reason, (total.get(reason) ?? 0) + 1);
    }
    return total;
  }

  #talliesOf(job: CrawlJob): readonly SourceTally[] {
    return job.runId === this.runId ? (this.#byRoot.get(rootOf(job)) ?? []) : [];
  }

  #settle(): void {
    if (this.#tallies.every((tally) => tally.finished)) this.#allCrawled.resolve();
  }
}
