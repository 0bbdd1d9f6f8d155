import { type Feed, parseFeed } from '../../crawling/feed.ts';
import { readSitemap, type SitemapFile, type SitemapLink } from '../../crawling/sitemap.ts';
import { RejectedInput, TransientError } from '../../domain/errors.ts';
import type { Fetcher, FetchResult } from '../../ports/fetcher.ts';
import type { ListedLink } from '../../ports/source.ts';
import { isNoArticle, isSameSite, shapeOf } from './article-links.ts';
import { believable } from './lastmod.ts';
import { type ListingPage, readListingPage } from './listing-page.ts';

type LoadedPage = Extract<FetchResult, { readonly status: 'ok' }>;

const feedPaths = ['feed', 'rss.xml', 'atom.xml', 'index.xml', 'feed.xml', 'feed.json'];
const sitemapPaths = ['/sitemap.xml', '/sitemap_index.xml'];
/** Files of an index that list lists. */
const unwantedSitemap = /(?:tag|categor|author|user|taxonom|term|image|video|product|attachment|media)[^/]*$/i;
/** Of an archive that goes on page after page. */
const mostPages = 50;
const mostFeeds = 3;
const mostSitemaps = 10;
/** Fewer links than these make no list of texts, unless the page is where texts are kept. */
const fewestLinks = 3;

interface Options {
  readonly fetcher: Pick<Fetcher, 'fetch'>;
  readonly signal: AbortSignal;
  /** The page that was asked for: a site, or a section of one. */
  readonly site: string;
}

/** What a site lists of itself: in feeds, in sitemaps and, where these do not tell all, in pages of links. */
export class SiteListings {
  readonly #fetcher: Pick<Fetcher, 'fetch'>;
  readonly #signal: AbortSignal;
  readonly #site: URL;
  /** Path of the section that was asked for; `/` for the whole site. */
  readonly #section: string;
  /** Link → when it was last changed, if the feed says so. */
  readonly #feedLinks = new Map<string, string | undefined>();
  readonly #files: SitemapFile[] = [];
  #sitemaps: readonly string[] = [];
  #page: LoadedPage | undefined;
  /** Whether every place that was looked at has answered. */
  #isCertain = true;
  #isComplete = false;
  #refusal: RejectedInput | undefined;

  constructor({ fetcher, signal, site }: Options) {
    this.#fetcher = fetcher;
    this.#signal = signal;
    this.#site = new URL(site);
    this.#section = sectionOf(this.#site);
  }

  /** Whether `links` has given all that there is. Only sitemaps that were read to their end know. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** Why a feed that the page names was not read. */
  get refusal(): RejectedInput | undefined {
    return this.#refusal;
  }

  /** Everything that was read, when all of it can be asked for changes; else empty. */
  get files(): readonly SitemapFile[] {
    return this.#isCertain && hasValidators(this.#files) ? this.#files : [];
  }

  /** Looks for what the page names, and where listings usually are. */
  async find(page: LoadedPage | undefined): Promise<void> {
    this.#page = page;
    const named = page === undefined ? [] : readListingPage(page.text, page.url).feeds;
    const guesses = feedPaths.map((path) => new URL(path, new URL(this.#section, this.#site)).href);
    for (const url of named.length > 0 ? named.slice(0, mostFeeds) : guesses) {
      const loaded = await this.#ask(url);
      const refusal = loaded && (await this.#readFeed(loaded));
      if (named.length > 0) this.#refusal ??= refusal;
      if (this.#feedLinks.size > 0) break;
    }
    const robots = await this.#ask(new URL('/robots.txt', this.#site).href);
    const lines = (robots?.text ?? '').slice(0, 500_000).matchAll(/^[ \t]*sitemap[ \t]*:[ \t]*(\S{1,2000})/gim);
    const declared = [...lines].map(([, link = '']) => link).filter((link) => URL.canParse(link, this.#site.href));
    const links = declared.length > 0 ? declared : sitemapPaths;
    this.#sitemaps = [...new Set(links.map((link) => new URL(link, this.#site).href))].slice(0, mostSitemaps);
  }

  /** Links of the section, each once at the least. */
  async *links(): AsyncGenerator<ListedLink> {
    const inFeed = [...this.#feedLinks.keys()].map((link) => new URL(link)).filter((link) => this.#isInSection(link));
    const shape = shapeOf(inFeed);
    const isArticle = shape ?? ((link: URL): boolean => !isNoArticle(link));
    const listed = new Set<string>();
    for await (const link of this.#sitemapLinks()) {
      const url = new URL(link.url);
      if (!this.#isInSection(url) || (!isArticle(url) && !this.#feedLinks.has(link.url))) continue;
      listed.add(link.url);
      yield link;
    }
    this.#isComplete &&= listed.size > 0;
    for (const { href } of inFeed) {
      if (!listed.has(href)) yield { url: href, lastmod: this.#feedLinks.get(href) };
    }
    if (this.#page === undefined || listed.size > 0) return;
    yield* this.#pageLinks(this.#page, shape);
  }

  /**
   * The feed is where the page or a habit says. What is there may be anything.
   * @returns why it was not read
   */
  async #readFeed(loaded: LoadedPage): Promise<RejectedInput | undefined> {
    try {
      const links = await readFeed(loaded, this.#fetcher, this.#signal);
      for (const { url, lastmod } of links.links)
        if (isSameSite(new URL(url), this.#site)) this.#feedLinks.set(url, lastmod);
      if (this.#feedLinks.size > 0) this.#files.push(...links.files);
      return undefined;
    } catch (error) {
      if (!(error instanceof RejectedInput)) throw error;
      return error;
    }
  }

  async *#sitemapLinks(): AsyncGenerator<SitemapLink> {
    let complete = 0;
    let hasGaps = false;
    for (const sitemap of this.#sitemaps) {
      const reading = readSitemap(this.#fetcher, sitemap, {
        signal: this.#signal,
        site: this.#site.href,
        follow: (file) => !unwantedSitemap.test(new URL(file).pathname),
      });
      try {
        yield* believable(reading, Date.now());
      } catch (error) {
        if (!(error instanceof RejectedInput)) throw error;
        hasGaps ||= !isGuess(sitemap);
        continue;
      }
      hasGaps ||= !reading.isComplete;
      complete += reading.isComplete ? 1 : 0;
      this.#files.push(...reading.read);
      if (isGuess(sitemap)) break;
    }
    this.#isComplete = complete > 0 && !hasGaps;
  }

  /** @param shape of what the feed lists */
  async *#pageLinks(start: LoadedPage, shape: ((link: URL) => boolean) | undefined): AsyncGenerator<ListedLink> {
    const first = readListingPage(start.text, start.url);
    const fewest = this.#section === '/' ? fewestLinks : 1;
    if (shape === undefined && first.articles.length < fewest) return;
    const seen = new Set([start.url]);
    let loaded: LoadedPage | undefined = start;
    while (loaded !== undefined && seen.size <= mostPages) {
      this.#files.push({ url: loaded.url, etag: loaded.etag, lastModified: loaded.lastModified });
      const { articles, next }: ListingPage = readListingPage(loaded.text, loaded.url);
      for (const url of articles) if (shape?.(new URL(url)) ?? true) yield { url };
      if (next === undefined || seen.has(next)) return;
      seen.add(next);
      loaded = await this.#ask(next);
    }
  }

  #isInSection({ pathname }: URL): boolean {
    return this.#section === '/' || (pathname.startsWith(this.#section) && pathname !== this.#section);
  }

  /** @returns nothing when there is nothing, or nothing for now */
  async #ask(url: string): Promise<LoadedPage | undefined> {
    try {
      const result = await this.#fetcher.fetch(url, { signal: this.#signal });
      return result.status === 'ok' ? result : undefined;
    } catch (error) {
      if (error instanceof TransientError && error.retryAfterMs === undefined) this.#isCertain = false;
      else if (!(error instanceof RejectedInput)) throw error;
      return undefined;
    }
  }
}

/** The folder that a page is the list of, or stands in when it is a file. */
function sectionOf({ pathname }: URL): string {
  const last = pathname.slice(pathname.lastIndexOf('/') + 1);
  const folder = /\.\w+$/.test(last) ? pathname.slice(0, -last.length) : pathname;
  return folder.endsWith('/') ? folder : `${folder}/`;
}

/** Whether all of them can be asked for changes only. */
export function hasValidators(files: readonly SitemapFile[]): boolean {
  return files.every(({ etag, lastModified }) => etag ?? lastModified);
}

function isGuess(sitemap: string): boolean {
  return sitemapPaths.includes(new URL(sitemap).pathname);
}

/** A feed with the pages of its archive. @throws RejectedInput for the first page */
export async function readFeed(
  first: LoadedPage,
  fetcher: Pick<Fetcher, 'fetch'>,
  signal: AbortSignal,
): Promise<{ readonly links: readonly ListedLink[]; readonly files: readonly SitemapFile[] }> {
  const links: ListedLink[] = [];
  const files: SitemapFile[] = [];
  const seen = new Set<string>();
  let loaded = first;
  for (;;) {
    seen.add(loaded.url);
    files.push({ url: loaded.url, etag: loaded.etag, lastModified: loaded.lastModified });
    const feed: Feed = parseFeed(loaded.text, loaded.url);
    for (const { link, updatedAt } of feed.items) links.push({ url: link, lastmod: updatedAt });
    if (feed.next === undefined || seen.has(feed.next) || seen.size >= mostPages) break;
    seen.add(feed.next);
    const next = await fetcher.fetch(feed.next, { signal });
    if (next.status !== 'ok') break;
    loaded = next;
  }
  return { links, files };
}
