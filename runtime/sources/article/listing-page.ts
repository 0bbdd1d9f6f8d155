import { findElement, findElements, isOrHasAncestor, lineOf } from '../../html/dom.ts';
import { isInMargin } from '../../html/page-gate/doubtful-page.ts';
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

export function readListingPage(html: string, pageUrl: string): ListingPage {
  const root = parseHtml(html);
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
  const links = findElements(root, ({ name, attributes }) => name === 'a' && attributes.has('href')).slice(
    0,
    mostLinks,
  );
  const main = findElement(root, ({ name, attributes }) => name === 'main' || attributes.get('role') === 'main');
  const articles = new Set<string>();
  let next: string | undefined;
  for (const link of links) {
    const url = addressOf(link.attributes.get('href'), baseUrl);
    if (url === undefined || !isSameSite(url, page)) continue;
    const label = lineOf(link);
    if (link.attributes.get('rel')?.split(/\s+/).includes('next') || isNextLabel(label, url))
      next ??= normalizeAddress(url);
    if (normalizeAddress(url) === normalizeAddress(page) || isNoArticle(url) || isInMargin(link)) continue;
    if (main !== undefined && !isOrHasAncestor(link, main)) continue;
    if (looksLikeArticle(url, page)) articles.add(normalizeAddress(url));
  }
  const declared = findElement(root, ({ name, attributes }) => name === 'link' && attributes.get('rel') === 'next');
  const declaredNext = addressOf(declared?.attributes.get('href'), baseUrl);
  return {
    feeds: [...new Set(feeds.map(({ url }) => (url === undefined ? '' : normalizeAddress(url))))],
    articles: [...articles],
    next: declaredNext && isSameSite(declaredNext, page) ? normalizeAddress(declaredNext) : next,
  };
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

function isNextLabel(label: string, url: URL): boolean {
  return nextLabel.test(label) && /\bpage\b|\bpaged\b|\d/i.test(url.pathname + url.search);
}

function addressOf(href: string | undefined, base: string): URL | undefined {
  if (href === undefined || !URL.canParse(href.trim(), base)) return undefined;
  const url = new URL(href.trim(), base);
  return url.protocol === 'https:' || url.protocol === 'http:' ? url : undefined;
}
