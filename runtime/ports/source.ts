import type { CrawlJob, CrawlTask } from '../domain/crawl-job.ts';
import type { CrawlState, DocumentDraft, Platform, Repository } from '../domain/documents.ts';

export type StateUpdate = Pick<CrawlState, 'key' | 'scope' | 'validators' | 'lastResult'>;

/**
 * One thing that a source found. Whoever consumes them stores the document first and remembers `state` after, so that a
 * killed crawl never believes it has stored what it has not.
 */
export type Crawled =
  | { readonly outcome: 'document'; readonly draft: DocumentDraft; readonly state?: StateUpdate | undefined }
  /** Known from the last time to be as stored, and not looked at again. */
  | { readonly outcome: 'unchanged'; readonly documents: number; readonly state?: StateUpdate | undefined }
  /** The origin no longer has it: the document is marked deleted and what was remembered of it forgotten. */
  | {
      readonly outcome: 'deleted';
      readonly documentId: string;
      readonly naturalKey: string;
      /** Default: the natural key. */
      readonly stateKey?: string | undefined;
    }
  /** Should have been content and is not; the rest of the job goes on. */
  | {
      readonly outcome: 'rejected';
      readonly link: string;
      readonly reason: string;
      readonly message: string;
      readonly state?: StateUpdate | undefined;
    }
  /** Not meant as content (an image in a repository, a hidden folder), counted by reason. */
  | { readonly outcome: 'skipped'; readonly reason: string; readonly link: string }
  /** Another link, which becomes a job of its own: it is in the queue before any later outcome is remembered. */
  | ({ readonly outcome: 'job'; readonly task: CrawlTask } & ListedLink)
  | { readonly outcome: 'repository'; readonly repository: Omit<Repository, 'crawledAt'>; readonly state: StateUpdate };

/** A link as some listing names it. */
export interface ListedLink {
  readonly url: string;
  /** Default: the platform of the job that found it. */
  readonly platform?: Platform | undefined;
  /** When it was last changed, in the listing's own words: only ever compared with what the same listing says later. */
  readonly lastmod?: string | undefined;
  /** It was in the listing and is no longer: when its page is gone too, the document is deleted. */
  readonly unlisted?: boolean | undefined;
}

export interface CrawlContext {
  readonly signal: AbortSignal;
  /** What the last crawl remembered about `key`, unless it was for another author. */
  state(key: string): Promise<CrawlState | undefined>;
  /** All that was remembered under `scope`, by key. Includes those of another author. */
  statesIn(scope: string): Promise<ReadonlyMap<string, CrawlState>>;
  /** What is stored (and not deleted) with a natural key that starts so: natural key → document id. */
  documentsUnder(platform: Platform, naturalKeyPrefix: string): Promise<ReadonlyMap<string, string>>;
  /** Whether there is such a document, not deleted. */
  isStored(platform: Platform, naturalKey: string): Promise<boolean>;
  /** The link of such a document, not deleted. */
  linkOf(platform: Platform, naturalKey: string): Promise<string | undefined>;
}

/** Reads one platform. It knows links and payloads, and nothing of stores and queues. */
export interface Source {
  readonly platform: Platform;
  /**
   * What is to be done for a link of this platform's; undefined for any other link. Asked in the order of the sources:
   * the first that has an answer gets the job.
   */
  taskFor(link: URL): Promise<CrawlTask | undefined>;
  /**
   * @throws RejectedInput when the link as a whole can never be crawled
   * @throws TransientError when it may work later
   */
  crawl(job: CrawlJob, context: CrawlContext): AsyncIterable<Crawled>;
}
