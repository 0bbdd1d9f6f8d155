import type { Platform } from '../domain/documents.ts';
import type { CrawlOutcome } from '../stages/crawl-stage.ts';

export interface SourceError {
  readonly link: string;
  readonly reason: string;
  readonly message: string;
}

export interface DocumentCounts {
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

/** What one job has come to so far. */
export class JobTally {
  readonly documents = noDocuments();
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

/** What the jobs of one source have come to that are over. */
export class SourceTally {
  readonly source: string;
  /** The link that was asked for; undefined when no job came of it. */
  readonly url: string | undefined;
  /** The first guess by the link; a page may tell better. */
  platform: Platform | null;
  readonly documents: DocumentCounts = noDocuments();
  readonly errors: SourceError[] = [];
  readonly skipped = new Map<string, number>();
  /** The first job as a whole failed. */
  broken = false;

  constructor(source: string, job?: { readonly url: string; readonly platform: Platform }) {
    this.source = source;
    this.url = job?.url;
    this.platform = job?.platform ?? null;
  }

  add({ documents, errors, skipped }: JobTally): void {
    addCounts(this.documents, documents);
    this.errors.push(...errors);
    for (const [reason, count] of skipped) this.skipped.set(reason, (this.skipped.get(reason) ?? 0) + count);
  }

  fail(error: SourceError): void {
    this.documents.failed += 1;
    this.errors.push(error);
  }

  /** @param running jobs of the source that are not over */
  result(running: readonly JobTally[]): SourceResult {
    const documents = { ...this.documents };
    for (const tally of running) addCounts(documents, tally.documents);
    const { created, updated, unchanged, deleted, failed } = documents;
    const achieved = created + updated + unchanged + deleted;
    const clean = failed === 0 && !this.broken && running.length === 0;
    const status = clean ? 'ok' : achieved > 0 && !this.broken ? 'partial' : 'failed';
    const errors = [...this.errors, ...running.flatMap((tally) => tally.errors)];
    if (running.length > 0) errors.push({ link: this.source, ...interrupted });
    return { source: this.source, platform: this.platform, status, documents, errors };
  }
}

const interrupted = { reason: 'interrupted', message: 'it was not finished: the same command goes on where it was' };

export function noDocuments(): DocumentCounts {
  return { created: 0, updated: 0, unchanged: 0, deleted: 0, failed: 0 };
}

export function addCounts(to: DocumentCounts, counts: Readonly<DocumentCounts>): void {
  to.created += counts.created;
  to.updated += counts.updated;
  to.unchanged += counts.unchanged;
  to.deleted += counts.deleted;
  to.failed += counts.failed;
}
