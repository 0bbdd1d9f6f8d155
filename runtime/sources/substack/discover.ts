import * as z from 'zod';
import { catalogue, knownLinks } from '../../crawling/catalogue.ts';
import { readSitemap, type SitemapFile } from '../../crawling/sitemap.ts';
import type { CrawlJob } from '../../domain/crawl-job.ts';
import { rootOf } from '../../domain/crawl-job.ts';
import { messageOf, RejectedInput } from '../../domain/errors.ts';
import type { FetchRequest, FetchResult } from '../../ports/fetcher.ts';
import type { CrawlContext, Crawled, ListedLink, StateUpdate } from '../../ports/source.ts';
import type { AnswerFetcher } from './answers.ts';
import { isPostLink } from './link.ts';
import { archiveLinks, feedLinks, settled } from './listings.ts';

interface Discovering {
  readonly job: CrawlJob;
  readonly context: CrawlContext;
  readonly fetcher: AnswerFetcher;
}

/**
 * Lists the posts of a publication: by its sitemap, else by its archive, else by its feed, which has the newest only.
 * @throws RejectedInput the reason why the sitemap could not be read, when nothing else could be either
 */
export async function* discoverPosts(discovering: Discovering, origin: string): AsyncGenerator<Crawled> {
  const { job, fetcher } = discovering;
  const scoped = { ...discovering, context: limitedTo(origin, discovering.context) };
  const sitemap = new SitemapListing(scoped, origin);
  const refused = yield* attempt(() => sitemap.crawl());
  if (sitemap.movedTo !== undefined) {
    yield { outcome: 'job', task: 'discover', url: `${sitemap.movedTo}/` };
    return;
  }
  if (refused === undefined && sitemap.posts > 0) return;
  const { signal } = scoped.context;
  let listed = 0;
  const archive = counted(archiveLinks(fetcher, origin, signal), () => {
    listed += 1;
  });
  const archiveRefused = yield* attempt(() => fromListing(scoped, archive, () => listed > 0));
  if (archiveRefused === undefined && listed > 0) return;
  const feedRefused = yield* attempt(async function* () {
    yield* fromListing(scoped, await feedLinks(fetcher, origin, signal), () => false);
  });
  if (feedRefused === undefined) return;
  const reasons = [refused, archiveRefused, feedRefused].filter((error) => error !== undefined).map(messageOf);
  const message = `${job.url}: no list of its posts can be read (${reasons.join('; ')})`;
  throw new RejectedInput((refused ?? feedRefused).reason, message, { cause: refused ?? feedRefused });
}

/** A listing that is refused is one that another may stand in for. @returns why it was refused */
async function* attempt(listing: () => AsyncIterable<Crawled>): AsyncGenerator<Crawled, RejectedInput | undefined> {
  try {
    yield* listing();
    return undefined;
  } catch (error) {
    if (error instanceof RejectedInput) return error;
    throw error;
  }
}

function fromListing(
  { job, context }: Discovering,
  links: AsyncIterable<ListedLink> | Iterable<ListedLink>,
  isComplete: () => boolean,
): AsyncGenerator<Crawled> {
  return catalogue({ job, context, platform: 'substack', links, isComplete });
}

const sitemapFiles = z.array(
  z.object({ url: z.string(), etag: z.string().optional(), lastModified: z.string().optional() }),
);

class SitemapListing {
  /** The publication answers on another host, which its sitemap is about. */
  movedTo: string | undefined;
  posts = 0;
  readonly #discovering: Discovering;
  readonly #url: string;
  /** While a date in it may stand for more than one change, that it has not changed says nothing. */
  #isUnsettled = false;

  constructor(discovering: Discovering, origin: string) {
    this.#discovering = discovering;
    this.#url = `${origin}/sitemap.xml`;
  }

  async *crawl(): AsyncGenerator<Crawled> {
    const { job, context } = this.#discovering;
    const before = await knownLinks(job, context);
    const known = before.length === 0 ? undefined : await this.#knownFiles();
    const fetch = (url: string, request: FetchRequest) => this.#fetch(url, request);
    const reading = readSitemap({ fetch }, this.#url, { signal: context.signal, known });
    const links = this.#postsOf(reading);
    // Nothing is compared before it is clear whether the sitemap has changed.
    const first = await links.next();
    if (this.movedTo !== undefined) return;
    if (reading.isUnchanged) {
      this.posts = before.length;
      yield* fromListing(this.#discovering, before, () => false);
      return;
    }
    if (first.done === true) return;
    yield* fromListing(this.#discovering, following(first.value, links), () => reading.isComplete);
    if (reading.files.length === 0 || this.#isUnsettled) return;
    yield { outcome: 'unchanged', documents: 0, state: this.#state(reading.files) };
  }

  async *#postsOf(reading: AsyncIterable<ListedLink>): AsyncGenerator<ListedLink> {
    const now = Date.now();
    for await (const link of reading) {
      if (!isPostLink(link.url)) continue;
      this.posts += 1;
      const settledLink = settled(link, now);
      this.#isUnsettled ||= settledLink !== link;
      yield settledLink;
    }
  }

  async #fetch(url: string, request: FetchRequest): Promise<FetchResult> {
    const result = await this.#discovering.fetcher.fetch(url, request);
    const { origin } = new URL(result.url);
    if (url === this.#url && origin !== new URL(url).origin) this.movedTo = origin;
    return result;
  }

  /** What is remembered of a sitemap goes with what is remembered of its posts, under the same root. */
  async #knownFiles(): Promise<readonly SitemapFile[] | undefined> {
    const { job, context } = this.#discovering;
    const { files, root } = (await context.state(this.#url))?.validators ?? {};
    if (root !== rootOf(job) || typeof files !== 'string') return undefined;
    const parsed = sitemapFiles.safeParse(JSON.parse(files));
    return parsed.success ? parsed.data : undefined;
  }

  #state(files: readonly SitemapFile[]): StateUpdate {
    const validators = { files: JSON.stringify(files), root: rootOf(this.#discovering.job) };
    return { key: this.#url, scope: this.#url, validators, lastResult: 'listed' };
  }
}

/** One root may have several publications: what is not of this one is not missing from it. */
function limitedTo(origin: string, context: CrawlContext): CrawlContext {
  return {
    ...context,
    statesIn: async (scope) => {
      const states = await context.statesIn(scope);
      return new Map([...states].filter(([key]) => isPostOn(origin, key)));
    },
  };
}

function isPostOn(origin: string, link: string): boolean {
  return URL.canParse(link) && isPostLink(link) && bareHost(link) === bareHost(origin);
}

/** A sitemap may name links with `www.` or without it, wherever it lies. */
function bareHost(link: string): string {
  return new URL(link).host.replace(/^www\./, '');
}

async function* following(first: ListedLink, others: AsyncIterable<ListedLink>): AsyncGenerator<ListedLink> {
  yield first;
  yield* others;
}

async function* counted(links: AsyncIterable<ListedLink>, count: () => void): AsyncGenerator<ListedLink> {
  for await (const link of links) {
    count();
    yield link;
  }
}
