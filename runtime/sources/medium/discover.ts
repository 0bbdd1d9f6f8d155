import { catalogue as catalogueOf, knownLinks } from '../../crawling/catalogue.ts';
import { type Feed, parseFeed } from '../../crawling/feed.ts';
import type { CrawlJob } from '../../domain/crawl-job.ts';
import type { CrawlState } from '../../domain/documents.ts';
import { messageOf, RejectedInput, TransientError } from '../../domain/errors.ts';
import type { CrawlContext, Crawled, ListedLink } from '../../ports/source.ts';
import { feedTypes } from './feed-story.ts';
import { articleLink, postIdOfPath } from './link.ts';
import { type ListingOptions, lastmodOf, listingsOf, scrolledListing } from './listings.ts';

type Failure = RejectedInput | TransientError;

/**
 * Lists a profile, a publication or a domain: its feed first, which tells whether there is anything new, then, the first
 * time or when the feed does not reach back to what is known, everything by whatever way still works.
 * @throws RejectedInput, TransientError when nothing at all was found, as the feed or else the first way failed
 */
export async function* discoverStories(
  job: CrawlJob,
  context: CrawlContext,
  options: ListingOptions,
): AsyncGenerator<Crawled> {
  // A listing that failed before is remembered under its own link, which is no story.
  const known = (await knownLinks(job, context)).filter(({ url }) => articleLink(url, url) !== undefined);
  const feed = await readFeed(options, known.length > 0 ? await context.state(options.catalogue.feed) : undefined);
  const listed = new StoryLinks(options, known, feed);
  yield* catalogueOf({
    job,
    context,
    platform: 'medium',
    links: listed.all(),
    isComplete: () => listed.isComplete,
  });
  yield* listed.shortcomings(job.url);
  yield { outcome: 'unchanged', documents: 0, state: listed.feedState() };
}

interface FeedReading {
  readonly status: 'not_modified' | 'read' | 'failed';
  readonly feed?: Feed | undefined;
  readonly failure?: Failure | undefined;
  readonly validators: CrawlState['validators'];
  /** Whether all stories were listed when the feed was read the last time. */
  readonly wasListed: boolean;
}

async function readFeed(
  { catalogue, fetcher, signal }: ListingOptions,
  state: CrawlState | undefined,
): Promise<FeedReading> {
  const wasListed = state?.validators['listed'] === 1;
  const { etag, lastModified } = state?.validators ?? {};
  try {
    const result = await fetcher.fetch(catalogue.feed, {
      signal,
      accept: feedTypes,
      ...(wasListed && typeof etag === 'string' && { etag }),
      ...(wasListed && typeof lastModified === 'string' && { lastModified }),
    });
    if (result.status === 'not_modified') {
      return { status: 'not_modified', validators: state?.validators ?? {}, wasListed };
    }
    const validators = {
      ...(result.etag !== undefined && { etag: result.etag }),
      ...(result.lastModified !== undefined && { lastModified: result.lastModified }),
    };
    return { status: 'read', feed: parseFeed(result.text, result.url), validators, wasListed };
  } catch (error) {
    if (!(error instanceof RejectedInput)) throw error;
    return { status: 'failed', failure: error, validators: {}, wasListed };
  }
}

/** The links of one crawl, each story once, under the link by which it is known already. */
class StoryLinks {
  readonly #options: ListingOptions;
  readonly #known: readonly ListedLink[];
  readonly #knownById: ReadonlyMap<string, string>;
  readonly #feed: FeedReading;
  readonly #seen = new Set<string>();
  readonly #failures: Failure[] = [];
  #claimed = 0;
  #isEnumerated = false;
  #isComplete = false;

  constructor(options: ListingOptions, known: readonly ListedLink[], feed: FeedReading) {
    this.#options = options;
    this.#known = known;
    this.#feed = feed;
    this.#knownById = new Map(known.map(({ url }) => [keyOf(url), url]));
    if (feed.failure !== undefined) this.#failures.push(feed.failure);
  }

  /** Whether all stories that there are were listed in this crawl. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  async *all(): AsyncGenerator<ListedLink> {
    const inFeed = this.#linksOfFeed();
    // The feed is asked first: where it does not reach back to what is known, there is more between.
    const hasGap = inFeed.length > 0 && inFeed.every(({ url }) => !this.#knownById.has(keyOf(url)));
    for (const link of inFeed) yield* this.#once(link);
    this.#isEnumerated = !this.#feed.wasListed || hasGap || this.#feed.status === 'failed';
    if (this.#isEnumerated) yield* this.#enumerated();
    if (this.#isComplete) return;
    // Nothing dates these: each is asked whether it has changed.
    for (const { url } of this.#known) yield* this.#once({ url });
    const [failure] = this.#failures;
    if (this.#seen.size === 0 && failure !== undefined) throw failure;
  }

  /** What a person should know who counts on having everything. */
  *shortcomings(link: string): Generator<Crawled> {
    if (!this.#isEnumerated || this.#isComplete) return;
    if (this.#claimed > 0 && this.#claimed <= this.#seen.size) return;
    if (this.#failures.some((failure) => failure instanceof RejectedInput && failure.reason === scrolledListing))
      return;
    const found = this.#seen.size;
    const extent =
      this.#claimed > 0
        ? `${link} has ${this.#claimed} stories, and ${found} of them could be found`
        : `${found} stories of ${link} could be found, and there may be more`;
    const reasons = this.#failures.map(messageOf).join('; ');
    const message = `${extent}${reasons === '' ? '' : ` (${reasons})`}; the official export has all: ingest its zip file`;
    yield { outcome: 'rejected', link, reason: 'incomplete_listing', message };
  }

  /** Without validators after a listing that was not complete: the next crawl is to try again. */
  feedState(): Extract<Crawled, { readonly outcome: 'unchanged' }>['state'] {
    const { feed } = this.#options.catalogue;
    const isListed = this.#isComplete || !this.#isEnumerated;
    const validators = isListed ? { ...this.#feed.validators, listed: 1 } : { listed: 0 };
    return { key: feed, scope: feed, validators, lastResult: isListed ? 'listed' : 'incomplete_listing' };
  }

  async *#enumerated(): AsyncGenerator<ListedLink> {
    for (const listing of listingsOf(this.#options)) {
      const links = listing(this.#options);
      try {
        for (let next = await links.next(); ; next = await links.next()) {
          if (next.done === true) {
            this.#claimed = Math.max(this.#claimed, next.value ?? 0);
            break;
          }
          yield* this.#once(next.value);
        }
        this.#isComplete = this.#claimed <= this.#seen.size;
        if (this.#isComplete) return;
      } catch (error) {
        if (!(error instanceof RejectedInput) && !(error instanceof TransientError)) throw error;
        this.#failures.push(error);
      }
    }
  }

  #linksOfFeed(): readonly ListedLink[] {
    return (this.#feed.feed?.items ?? []).flatMap(({ link, updatedAt }): ListedLink[] => {
      const url = articleLink(link, this.#options.catalogue.feed);
      return url === undefined ? [] : [{ url, lastmod: lastmodOf(updatedAt) }];
    });
  }

  *#once(link: ListedLink): Generator<ListedLink> {
    const key = keyOf(link.url);
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    yield { ...link, url: this.#knownById.get(key) ?? link.url };
  }
}

/** The id of the story, by which its links on all domains are one. */
function keyOf(url: string): string {
  return postIdOfPath(new URL(url).pathname) ?? url;
}
