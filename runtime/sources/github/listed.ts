import type { CrawlJob } from '../../domain/crawl-job.ts';
import { rootOf } from '../../domain/crawl-job.ts';
import type { CrawlState } from '../../domain/documents.ts';
import { RejectedInput, TransientError } from '../../domain/errors.ts';
import { documentId } from '../../domain/identity.ts';
import type { Fetcher } from '../../ports/fetcher.ts';
import type { CrawlContext, Crawled, StateUpdate } from '../../ports/source.ts';
import type { RepositoryIdentity } from './identity.ts';
import { askApi, describedRepository } from './metadata.ts';
import { isNotThere } from './remote.ts';

/**
 * A repository as the listing of its account knows it, remembered under its link: apart from what is remembered of its
 * content, which is the same however it is reached.
 */
export class ListedRepository {
  readonly #job: CrawlJob;
  readonly #identity: RepositoryIdentity;
  readonly #context: CrawlContext;
  readonly #state: CrawlState | undefined;

  static async read(job: CrawlJob, identity: RepositoryIdentity, context: CrawlContext): Promise<ListedRepository> {
    return new ListedRepository(job, identity, context, await context.state(job.url));
  }

  private constructor(
    job: CrawlJob,
    identity: RepositoryIdentity,
    context: CrawlContext,
    state: CrawlState | undefined,
  ) {
    this.#job = job;
    this.#identity = identity;
    this.#context = context;
    this.#state = state;
  }

  /** Taken in since the listing was asked for, or dated by it as it was then. */
  async isFresh(): Promise<boolean> {
    const { discovery } = this.#job;
    if (discovery === undefined || discovery.unlisted === true || this.#state?.lastResult !== 'stored') return false;
    const { crawledAt, validators } = this.#state;
    if (crawledAt < discovery.requestedAt && this.hasChanged) return false;
    const { naturalKey } = validators;
    return typeof naturalKey === 'string' && (await this.#context.isStored('github', naturalKey));
  }

  /** Whether the listing dates it otherwise than before. */
  get hasChanged(): boolean {
    const { discovery } = this.#job;
    return discovery !== undefined && (discovery.lastmod ?? '') !== this.#state?.validators['lastmod'];
  }

  /** After all of it was stored. */
  async *stored(): AsyncGenerator<Crawled> {
    if (this.#job.discovery === undefined && this.#state === undefined) return;
    const { key } = this.#identity;
    const naturalKey = (await this.#context.isStored('github', key)) ? key : (await this.#files()).keys().next().value;
    const validators = naturalKey === undefined ? {} : { naturalKey };
    yield { outcome: 'unchanged', documents: 0, state: this.#remembered(validators, 'stored') };
  }

  /** In a listing, a repository without a commit is no failure. */
  *empty(error: RejectedInput): Generator<Crawled> {
    if (this.#job.discovery === undefined) throw error;
    yield { outcome: 'skipped', reason: 'empty', link: this.#job.url };
  }

  /**
   * Its host says that it is not there. That may be a mishap, unless its listing has dropped it, too, or the last crawl
   * heard the same.
   */
  async *gone(error: RejectedInput): AsyncGenerator<Crawled> {
    const { key } = this.#identity;
    const files = await this.#files();
    const isStored = files.size > 0 || (await this.#context.isStored('github', key));
    const again = this.#job.discovery?.unlisted === true || this.#state?.lastResult === error.reason;
    if (isStored && again) {
      yield* this.#deleted(files);
      return;
    }
    const kept = '; it was there before, and is kept until the next crawl finds it gone, too';
    const message = `${error.message}${isStored ? kept : ''}`;
    if (this.#job.discovery === undefined) throw new RejectedInput(error.reason, message, { cause: error });
    const state = this.#remembered(this.#state?.validators ?? {}, error.reason);
    yield { outcome: 'rejected', link: this.#job.url, reason: error.reason, message, state };
  }

  /** What is remembered of the whole goes last: a crawl that was killed finds what is left. */
  *#deleted(files: ReadonlyMap<string, string>): Generator<Crawled> {
    for (const [naturalKey, id] of files) yield { outcome: 'deleted', documentId: id, naturalKey };
    const { key: naturalKey } = this.#identity;
    const article = { outcome: 'deleted', documentId: documentId('github', naturalKey), naturalKey } as const;
    yield article;
    yield { ...article, stateKey: this.#job.url };
  }

  async #files(): Promise<ReadonlyMap<string, string>> {
    return await this.#context.documentsUnder('github', `${this.#identity.key}/`);
  }

  /** A repository that a person asked for by itself stays one of the listing that named it before. */
  #remembered(validators: CrawlState['validators'], lastResult: string): StateUpdate {
    const { url: key, discovery } = this.#job;
    const scope = discovery === undefined ? (this.#state?.scope ?? key) : rootOf(this.#job);
    const lastmod = discovery === undefined ? this.#state?.validators['lastmod'] : discovery.lastmod;
    const { lastmod: _, ...others } = validators;
    return { key, scope, validators: { ...others, ...(lastmod !== undefined && { lastmod }) }, lastResult };
  }
}

/**
 * Whether a repository that could not be read is not there. GitHub tells git the same of what is gone and of what may
 * not be seen, so there its API is asked.
 */
export async function isGone(
  error: RejectedInput,
  identity: RepositoryIdentity,
  fetcher: Pick<Fetcher, 'fetch'>,
  signal: AbortSignal,
): Promise<boolean> {
  if (identity.hosted === undefined || error.reason !== 'repository_not_found') return isNotThere(error);
  try {
    await askApi(fetcher, identity.hosted.metadataLink, describedRepository, { signal });
    return false;
  } catch (refusal) {
    signal.throwIfAborted();
    return refusal instanceof RejectedInput && (refusal.reason === 'not_found' || refusal.reason === 'gone');
  }
}

/**
 * Whether a repository goes by another name now, under which it is stored. GitHub leads git from the old name to the new
 * one for ever, so that a repository would be taken in twice.
 */
export async function isRenamed(
  { key, hosted }: RepositoryIdentity,
  fetcher: Pick<Fetcher, 'fetch'>,
  context: CrawlContext,
): Promise<boolean> {
  if (hosted === undefined) return false;
  try {
    const answer = await askApi(fetcher, hosted.metadataLink, describedRepository, { signal: context.signal });
    const name = answer?.value.full_name?.toLowerCase() ?? key;
    return name !== key && (await context.isStored('github', name));
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof RejectedInput || error instanceof TransientError) return false;
    throw error;
  }
}
