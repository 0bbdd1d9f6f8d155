import { type AtomFeed, type JsonFeed, parseFeed as parseAnyFeed, type RdfFeed, type RssFeed } from 'feedsmith';
import { messageOf, RejectedInput } from '../domain/errors.ts';
import { lineOf } from '../html/dom.ts';
import { parseHtml } from '../html/parse.ts';
import { timestampFrom } from '../html/published-at.ts';
import { normalizeAddress } from '../html/web-address.ts';
import { maxLinkCharacters } from './link-length.ts';

export interface FeedItem {
  /** Absolute, without tracking parameters: `normalizeAddress` of what the feed says. */
  readonly link: string;
  readonly id?: string | undefined;
  /** Plain text on one line. */
  readonly title?: string | undefined;
  readonly author?: string | undefined;
  /** RFC 3339, UTC, milliseconds; left out when the feed's date is none. */
  readonly publishedAt?: string | undefined;
  readonly updatedAt?: string | undefined;
  /** The most of the text that the feed has, as HTML from elsewhere. */
  readonly contentHtml?: string | undefined;
  readonly categories: readonly string[];
}

export interface Feed {
  readonly title?: string | undefined;
  /** The site that it is the feed of. */
  readonly link?: string | undefined;
  /** Where older items are (RFC 5005). */
  readonly next?: string | undefined;
  /** In the order of the feed, one a link. */
  readonly items: readonly FeedItem[];
}

/** Of the whole text. Blogs that publish all they ever wrote in one feed stay below. */
const maxCharacters = 16 * 1024 * 1024;
const maxItems = 10_000;
const maxContentCharacters = 4 * 1024 * 1024;
const maxLineCharacters = 2_000;
const maxCategories = 100;

/**
 * Reads RSS 0.9x, 1.0 and 2.0, Atom and JSON Feed. Entities are never expanded, but for those of XML and HTML itself. Items
 * without a link of the web are left out, and what is beyond the bounds (10,000 items, 4 Mi characters of one's content).
 * @param url where the feed came from: relative links are resolved against it, unless the feed names another base
 * @throws RejectedInput `malformed_feed` (no feed, broken XML or JSON, more than 16 Mi characters), `unsafe_xml` (defines entities)
 */
export function parseFeed(text: string, url: string): Feed {
  if (text.length > maxCharacters) {
    const message = `${url} has ${text.length} characters; feeds of up to ${maxCharacters} are read`;
    throw new RejectedInput('malformed_feed', message);
  }
  if (definesEntities(text)) {
    throw new RejectedInput('unsafe_xml', `${url} defines entities of its own, which no feed needs`);
  }
  const parsed = parsedBy(() => parseAnyFeed(text), url);
  switch (parsed.format) {
    case 'atom':
      return fromAtom(parsed.feed, url);
    case 'json':
      return fromJson(parsed.feed, url);
    default:
      return fromRss(parsed.feed, url);
  }
}

/** What the parser throws is always about the text: it does nothing but parse. */
function parsedBy<Result>(parse: () => Result, url: string): Result {
  try {
    return parse();
  } catch (cause) {
    const message = `${url} cannot be read as a feed (${messageOf(cause)}); read are RSS, Atom and JSON Feed`;
    throw new RejectedInput('malformed_feed', message, { cause });
  }
}

/** Whether a document type declaration before the root element declares entities. */
export function definesEntities(xml: string): boolean {
  let at = 0;
  for (;;) {
    while (/\s|\uFEFF/.test(xml[at] ?? '')) at += 1;
    const end = xml.startsWith('<?', at) ? '?>' : xml.startsWith('<!--', at) ? '-->' : undefined;
    if (end === undefined) break;
    const found = xml.indexOf(end, at);
    if (found === -1) return false;
    at = found + end.length;
  }
  if (!/^<!doctype/i.test(xml.slice(at, at + 9))) return false;
  // Of an internal subset, entities end the prolog for this purpose as much as the root element does.
  const end = /<(?:[a-z_:]|!entity)/gi;
  end.lastIndex = at + 9;
  return end.exec(xml)?.[0].toLowerCase() === '<!entity';
}

type Dated = string | undefined;

function fromRss(feed: RssFeed.Feed<Dated> | RdfFeed.Feed<Dated>, url: string): Feed {
  const root = resolved(feed.xml?.base, url) ?? url;
  const site = resolved(feed.link, root);
  const base = feed.xml?.base === undefined ? (site ?? root) : root;
  const items = limited(feed.items).map((item: RssFeed.Item<Dated> & RdfFeed.Item<Dated>): Draft => {
    const { guid, atom, dc, dcterms, content } = item;
    const permanent = guid?.isPermaLink === false || !/^https?:/i.test(guid?.value ?? '') ? undefined : guid?.value;
    return {
      base: resolved(item.xml?.base, base) ?? base,
      link: item.link?.trim() || alternateOf(atom?.links) || permanent,
      id: guid?.value ?? atom?.id ?? item.rdf?.about,
      title: item.title ?? dc?.titles?.[0],
      author: dc?.creators?.[0] ?? item.authors?.[0]?.name ?? item.authors?.[0]?.email ?? atom?.authors?.[0]?.name,
      publishedAt: [item.pubDate, atom?.published, dc?.dates?.[0], dcterms?.issued?.[0], dcterms?.created?.[0]],
      updatedAt: [atom?.updated, dcterms?.modified?.[0]],
      contents: [content?.encoded, atom?.content?.value, item.description, atom?.summary?.value],
      categories: [...(item.categories?.map(({ name }) => name) ?? []), ...(dc?.subjects ?? [])],
    };
  });
  return feedOf({ title: feed.title, site, next: olderOf(feed.atom?.links), base, items });
}

function fromAtom(feed: AtomFeed.Feed<Dated>, url: string): Feed {
  const base = resolved(feed.xml?.base, url) ?? url;
  const items = limited(feed.entries).map(
    ({ xml, links, id, title, authors, dc, published, updated, content, summary, categories }): Draft => ({
      base: resolved(xml?.base, base) ?? base,
      link: alternateOf(links) ?? (/^https?:/i.test(id ?? '') ? id : undefined),
      id,
      title: title?.type === 'text' || title?.type === undefined ? escaped(title?.value) : title.value,
      author: authors?.[0]?.name ?? dc?.creators?.[0] ?? feed.authors?.[0]?.name,
      publishedAt: [published],
      updatedAt: [updated],
      contents: [content?.value, summary?.value],
      categories: categories?.map(({ label, term }) => label ?? term),
    }),
  );
  const title =
    feed.title?.type === 'html' || feed.title?.type === 'xhtml' ? feed.title.value : escaped(feed.title?.value);
  return feedOf({ title, site: resolved(alternateOf(feed.links), base), next: olderOf(feed.links), base, items });
}

function fromJson(feed: JsonFeed.Feed<Dated>, url: string): Feed {
  const items = limited(feed.items).map(
    (item): Draft => ({
      base: url,
      link: item.url ?? item.external_url ?? (/^https?:/i.test(item.id ?? '') ? item.id : undefined),
      id: item.id,
      title: escaped(item.title),
      author: item.authors?.[0]?.name ?? feed.authors?.[0]?.name,
      publishedAt: [item.date_published],
      updatedAt: [item.date_modified],
      contents: [item.content_html, escaped(item.content_text)?.replaceAll('\n', '<br>\n')],
      categories: item.tags,
    }),
  );
  return feedOf({
    title: escaped(feed.title),
    site: resolved(feed.home_page_url, url),
    next: feed.next_url,
    base: url,
    items,
  });
}

/** An item in the words of its feed: several values in the order of preference, texts as HTML. */
interface Draft {
  readonly base: string;
  readonly link: string | undefined;
  readonly id: string | undefined;
  readonly title: string | undefined;
  readonly author: string | undefined;
  readonly publishedAt: readonly Dated[];
  readonly updatedAt: readonly Dated[];
  readonly contents: readonly (string | undefined)[];
  readonly categories: readonly (string | undefined)[] | undefined;
}

interface FeedDraft {
  readonly title: string | undefined;
  readonly site: string | undefined;
  readonly next: string | undefined;
  readonly base: string;
  readonly items: readonly Draft[];
}

function feedOf({ title, site, next, base, items }: FeedDraft): Feed {
  const byLink = new Map<string, FeedItem>();
  for (const draft of items) {
    const link = resolved(draft.link, draft.base);
    if (link !== undefined && !byLink.has(link)) byLink.set(link, itemOf(link, draft));
  }
  return { title: shownLine(title), link: site, next: resolved(next, base), items: [...byLink.values()] };
}

function itemOf(link: string, draft: Draft): FeedItem {
  const contents = draft.contents.filter((content) => content !== undefined && content.length <= maxContentCharacters);
  const categories = limited(draft.categories, maxCategories).map(shownLine);
  return {
    link,
    id: draft.id !== undefined && draft.id.length <= maxLineCharacters ? draft.id : undefined,
    title: shownLine(draft.title),
    author: shownLine(draft.author),
    publishedAt: firstDate(draft.publishedAt),
    updatedAt: firstDate(draft.updatedAt),
    contentHtml: contents.find((content) => content?.trim()),
    categories: [...new Set(categories.filter((category) => category !== undefined))],
  };
}

function limited<Value>(values: readonly Value[] | undefined, most = maxItems): readonly Value[] {
  return values?.slice(0, most) ?? [];
}

/** Links without a relation are alternates (RFC 4287, 4.2.7.2); other relations lead to comments, files and the like. */
function alternateOf(links: readonly AtomFeed.Link<Dated>[] | undefined): string | undefined {
  const alternates = links?.filter(({ rel, href }) => href?.trim() && (rel === undefined || rel === 'alternate'));
  return (alternates?.find(({ type }) => type === undefined || type.includes('html')) ?? alternates?.[0])?.href;
}

function olderOf(links: readonly AtomFeed.Link<Dated>[] | undefined): string | undefined {
  return (links?.find(({ rel }) => rel === 'next') ?? links?.find(({ rel }) => rel === 'prev-archive'))?.href;
}

function resolved(link: string | undefined, base: string): string | undefined {
  const trimmed = link?.trim() ?? '';
  if (trimmed === '' || trimmed.length > maxLinkCharacters || !URL.canParse(trimmed, base)) return undefined;
  const url = new URL(trimmed, base);
  return url.protocol === 'https:' || url.protocol === 'http:' ? normalizeAddress(url) : undefined;
}

function escaped(text: string | undefined): string | undefined {
  return text?.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

/** Titles of RSS are HTML to some and text to others: markup in them is never meant to be seen. */
function shownLine(html: string | undefined): string | undefined {
  if (html === undefined || html.length > maxLineCharacters) return undefined;
  return lineOf(parseHtml(html)) || undefined;
}

/** RFC 822 names these zones, and feeds still do. Hours from UTC. */
const zones: ReadonlyMap<string, string> = new Map(
  Object.entries({
    EST: '-0500',
    EDT: '-0400',
    CST: '-0600',
    CDT: '-0500',
    MST: '-0700',
    MDT: '-0600',
    PST: '-0800',
    PDT: '-0700',
  }),
);

function firstDate(dates: readonly Dated[]): string | undefined {
  for (const date of dates) {
    const found = timestampFrom(date?.replace(/\b[ECMP][SD]T\s*$/, (zone) => zones.get(zone.trim()) ?? zone));
    if (found !== undefined) return found;
  }
  return undefined;
}
