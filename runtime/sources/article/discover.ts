import { catalogue, knownLinks } from '../../crawling/catalogue.ts';
import type { PageReader } from '../../crawling/page-reader.ts';
import { readSitemap, type SitemapFile } from '../../crawling/sitemap.ts';
import type { CrawlJob } from '../../domain/crawl-job.ts';
import type { Platform } from '../../domain/documents.ts';
import { RejectedInput } from '../../domain/errors.ts';
import { normalizeAddress } from '../../html/web-address.ts';
import type { Fetcher, FetchResult } from '../../ports/fetcher.ts';
import type { CrawlContext, Crawled, ListedLink } from '../../ports/source.ts';
import { isNoArticle } from './article-links.ts';
import { believable } from './lastmod.ts';
import { looksLikeFeed, looksLikeSitemap } from './listing-format.ts';
import { hasValidators, readFeed, SiteListings } from './site-listings.ts';
import { recall, remembered } from './site-memory.ts';

type LoadedPage = Extract<FetchResult, { readonly status: 'ok' }>;

export interface Discovery {
  readonly job: CrawlJob;
  readonly context: CrawlContext;
  readonly fetcher: Pick<Fetcher, 'fetch'>;
  readonly read: PageReader;
}

interface Discovered {
  /** Whether there were any texts; when not, the page may be an article itself. */
  readonly found: boolean;
  /** Why a feed that the page names was not read. */
  readonly refusal?: RejectedInput | undefined;
}

/** Finds the texts of a site, or of a section of it, by its feeds and sitemaps, and failing these by the links of the page. */
export async function* discoverSite(discovery: Discovery): AsyncGenerator<Crawled, Discovered> {
  const { job, context, fetcher } = discovery;
  const memory = await recall(job, context, Date.now());
  if (memory !== undefined && 'belongsTo' in memory) {
    yield { outcome: 'job', task: 'discover', url: memory.url, platform: memory.belongsTo };
    return { found: true };
  }
  const links = await knownLinks(job, context);
  // A listing says nothing new of links that have come to be looked after under another root.
  if (memory !== undefined && links.length > 0 && (await areUnchanged(memory.files, fetcher, context.signal))) {
    yield* catalogue({ job, context, platform: 'web', links, isComplete: () => false });
    return { found: true };
  }
  return yield* lookAnew(discovery);
}

async function* lookAnew(discovery: Discovery): AsyncGenerator<Crawled, Discovered> {
  const { job, context, fetcher, read } = discovery;
  const page = await pageAt(job.url, fetcher, context.signal);
  if (page !== undefined && (looksLikeFeed(page) || looksLikeSitemap(page))) {
    yield* expandListing(page, discovery);
    return { found: true };
  }
  const reading = page && (await read(page, context.signal));
  if (page !== undefined && reading?.outcome === 'belongs_to') {
    yield* handOver(job, { belongsTo: reading.platform, url: page.url });
    return { found: true };
  }
  const listings = new SiteListings({ fetcher, signal: context.signal, site: page?.url ?? job.url });
  await listings.find(page);
  return { found: yield* listed(discovery, listings.links(), listings), refusal: listings.refusal };
}

/** Under a link that a person gave as a feed or a sitemap is what that says, and nothing else. */
async function* expandListing(page: LoadedPage, discovery: Discovery): AsyncGenerator<Crawled> {
  const { fetcher, context } = discovery;
  if (looksLikeFeed(page)) {
    const { links, files } = await readFeed(page, fetcher, context.signal);
    yield* listed(discovery, links, { isComplete: false, files: hasValidators(files) ? files : [] });
    return;
  }
  const reading = readSitemap(fetcher, page.url, { signal: context.signal });
  const articles = async function* (): AsyncGenerator<ListedLink> {
    for await (const link of believable(reading, Date.now())) if (!isNoArticle(new URL(link.url))) yield link;
  };
  yield* listed(discovery, articles(), reading);
}

async function* handOver(
  job: CrawlJob,
  memory: { readonly belongsTo: Platform; readonly url: string },
): AsyncGenerator<Crawled> {
  const { belongsTo, url } = memory;
  yield { outcome: 'job', task: 'discover', url, platform: belongsTo };
  yield { outcome: 'unchanged', documents: 0, state: remembered(job, { belongsTo, url }) };
}

/** @returns whether there were any links */
async function* listed(
  { job, context }: Discovery,
  links: AsyncIterable<ListedLink> | Iterable<ListedLink>,
  listing: { readonly isComplete: boolean; readonly files: readonly SitemapFile[] },
): AsyncGenerator<Crawled, boolean> {
  let found = 0;
  const counted = async function* (): AsyncGenerator<ListedLink> {
    for await (const link of links) {
      found += 1;
      yield link;
    }
  };
  yield* catalogue({
    job,
    context,
    platform: 'web',
    links: counted(),
    isComplete: () => found > 0 && listing.isComplete,
  });
  if (found === 0) return false;
  const { files } = listing;
  if (files.length > 0) yield { outcome: 'unchanged', documents: 0, state: remembered(job, { files }) };
  return true;
}

/** @returns nothing when there is no such page: its site may have listings all the same */
async function pageAt(
  url: string,
  fetcher: Pick<Fetcher, 'fetch'>,
  signal: AbortSignal,
): Promise<LoadedPage | undefined> {
  try {
    const result = await fetcher.fetch(url, { signal });
    return result.status === 'ok' ? result : undefined;
  } catch (error) {
    if (error instanceof RejectedInput && (error.reason === 'not_found' || error.reason === 'gone')) return undefined;
    throw error;
  }
}

async function areUnchanged(
  files: readonly SitemapFile[],
  fetcher: Pick<Fetcher, 'fetch'>,
  signal: AbortSignal,
): Promise<boolean> {
  for (const { url, etag, lastModified } of files) {
    try {
      const result = await fetcher.fetch(url, { signal, etag, lastModified });
      if (result.status === 'ok') return false;
    } catch (error) {
      // A listing that is gone is a reason to look for another one.
      if (error instanceof RejectedInput) return false;
      throw error;
    }
  }
  return true;
}

/** Sections of a site that people keep their texts in. */
const sections =
  /^\/(?:(?:[a-z]{2}\/)?(?:blog|blogs|posts?|articles?|artikel|writings?|essays?|notes?|notizen|journal|weblog|log|stories|thoughts|musings|news|archives?|archiv|publications?|tutorials?|til|~[^/]+|@[^/]+|u\/[^/]+|users?\/[^/]+))(?:\/(?:archives?|index(?:\.html?)?|all))?\/?$/i;
const listingFile =
  /(?:^|\/)(?:feed|rss|atom)(?:\/|$|\.)|(?:^|[/_-])sitemap[^/]*\.(?:xml|txt)(?:\.gz)?$|\.(?:rss|atom)$|\/(?:index|feed|rss|atom|posts)\.(?:xml|json)$/i;

/** Whether a link, by its looks, stands for many texts. */
export function standsForMany(link: URL): boolean {
  const { pathname, href } = link;
  if (pathname === '/' || pathname === '/index.html') return !/[?&]p=\d+/.test(link.search);
  return sections.test(pathname) || listingFile.test(pathname) || normalizeAddress(href).endsWith('?feed=rss2');
}
