import { maxLinkCharacters } from '../../crawling/link-length.ts';
import { type Element, findElement, findElements, isLargerThan, lineOf } from '../../html/dom.ts';
import { isMargin } from '../../html/page-gate/doubtful-page.ts';
import { parseHtml } from '../../html/parse.ts';
import { normalizeAddress } from '../../html/web-address.ts';
import { isNoArticle, isSameSite, segmentsOf } from './article-links.ts';

/** A page, as far as it leads to others. */
export interface ListingPage {
  /** Feeds that it names as its own, the first one before those of comments and the like. */
  readonly feeds: readonly string[];
  /** Links to texts of the same site, in the order of the page. */
  readonly articles: readonly string[];
  /** The page with older texts. */
  readonly next?: string | undefined;
}

const feedTypes = /^application\/(?:rss\+xml|atom\+xml|feed\+json|rdf\+xml|json)\b/i;
const mostLinks = 5_000;
/** Pages are read for their links where the network waits for it: what is further down in a larger one is passed over. */
const mostCharacters = 4 * 1024 * 1024;

export function readListingPage(html: string, pageUrl: string): ListingPage {
  const root = parseHtml(html.slice(0, mostCharacters));
  const base = findElement(root, ({ name, attributes }) => name === 'base' && attributes.has('href'));
  const page = new URL(pageUrl);
  const baseUrl = addressOf(base?.attributes.get('href'), pageUrl)?.href ?? pageUrl;
  const feeds = findElements(root, ({ name, attributes }) => {
    const rel = attributes.get('rel')?.toLowerCase().split(/\s+/) ?? [];
    return name === 'link' && rel.includes('alternate') && feedTypes.test(attributes.get('type') ?? '');
  })
    .map(({ attributes }) => ({
      url: addressOf(attributes.get('href'), baseUrl),
      title: attributes.get('title') ?? '',
    }))
    .filter(({ url, title }) => url && !/comment|kommentar|commentaire|comentario/i.test(`${title} ${url.pathname}`));
  const ownAddress = normalizeAddress(page);
  const articles = new Set<string>();
  let next: string | undefined;
  for (const { element: link, isInText } of linksOf(root).slice(0, mostLinks)) {
    const url = addressOf(link.attributes.get('href'), baseUrl);
    if (url === undefined || !isSameSite(url, page)) continue;
    const address = normalizeAddress(url);
    if (link.attributes.get('rel')?.split(/\s+/).includes('next') || isNextLabel(labelOf(link), url)) next ??= address;
    if (address === ownAddress || isNoArticle(url) || !isInText) continue;
    if (looksLikeArticle(url, page)) articles.add(address);
  }
  const declared = findElement(root, ({ name, attributes }) => name === 'link' && attributes.get('rel') === 'next');
  const declaredNext = addressOf(declared?.attributes.get('href'), baseUrl);
  return {
    feeds: [...new Set(feeds.map(({ url }) => (url === undefined ? '' : normalizeAddress(url))))],
    articles: [...articles],
    next: declaredNext && isSameSite(declaredNext, page) ? normalizeAddress(declaredNext) : next,
  };
}

interface PageLink {
  readonly element: Element;
  /** In the main part of the page, where it names one, and in no margin. */
  readonly isInText: boolean;
}

/** All links in the order of the page. Each element is looked at once, however deep the links stand and how many there are. */
function linksOf(root: Element): PageLink[] {
  const main = findElement(root, ({ name, attributes }) => name === 'main' || attributes.get('role') === 'main');
  const links: PageLink[] = [];
  const visit = (parent: Element, isInMain: boolean, isInMargin: boolean): void => {
    for (const element of parent.children) {
      if (element.type !== 'element') continue;
      const inMain = isInMain || element === main;
      const inMargin = isInMargin || isMargin(element);
      if (element.name === 'a' && element.attributes.has('href'))
        links.push({ element, isInText: inMain && !inMargin });
      visit(element, inMain, inMargin);
    }
  };
  visit(root, main === undefined, false);
  return links;
}

/** Texts have names of several words, dates or numbers; sections of a site have one word. */
function looksLikeArticle(url: URL, page: URL): boolean {
  const segments = segmentsOf(url);
  const last = segments.at(-1) ?? '';
  if (/[-_\d]|\.html?$/.test(last) || /[?&]p=\d+/.test(url.search)) return true;
  return segments.length > segmentsOf(page).length && url.pathname.startsWith(page.pathname.replace(/\/?$/, '/'));
}

const nextLabel =
  /^[\s«»‹›←→<>]*(?:next(?: page)?|older(?: (?:posts|entries|articles))?|more posts|(?:nächste|weitere) (?:seite|beiträge)|ältere (?:beiträge|artikel)|weiter|suivante?|page suivante|articles plus anciens|siguiente|entradas antiguas|»|›|→)[\s«»‹›←→<>]*$/i;

const longestLabel = 60;
/** Of what a link holds: an icon and the white space around it are no label. */
const largestLink = 1_000;

function labelOf(link: Element): string {
  return isLargerThan(link, largestLink) ? '' : lineOf(link);
}

function isNextLabel(label: string, url: URL): boolean {
  return (
    label.length <= longestLabel && nextLabel.test(label) && /\bpage\b|\bpaged\b|\d/i.test(url.pathname + url.search)
  );
}

function addressOf(href: string | undefined, base: string): URL | undefined {
  const link = href?.trim();
  if (link === undefined || link.length > maxLinkCharacters || !URL.canParse(link, base)) return undefined;
  const url = new URL(link, base);
  return url.protocol === 'https:' || url.protocol === 'http:' ? url : undefined;
}
