import type { PageToRead } from '../../crawling/page-reader.ts';

/** The start of a text without its declaration, comments and type. */
function rootElementOf(text: string): string {
  const start = text.slice(0, 10_000).replace(/^\uFEFF/, '');
  const root = /<([a-z][\w.-]*(?::[a-z][\w.-]*)?)[\s/>]/i.exec(start.trimStart().startsWith('<') ? start : '');
  return root?.[1]?.toLowerCase() ?? '';
}

/** RSS, Atom or JSON Feed, whatever type the server calls it. */
export function looksLikeFeed({ mediaType, text }: PageToRead): boolean {
  if (/^application\/(?:feed\+)?json$/.test(mediaType))
    return /"https?:\/\/jsonfeed\.org\/version\//.test(text.slice(0, 2_000));
  return ['rss', 'feed', 'rdf:rdf'].includes(rootElementOf(text));
}

/** A sitemap or an index of them; packed ones can be told by their name only. */
export function looksLikeSitemap({ mediaType, text, url }: PageToRead): boolean {
  if (/sitemap[^/]*\.(?:gz|txt)$/i.test(new URL(url).pathname) && !mediaType.includes('html')) return true;
  return ['urlset', 'sitemapindex'].includes(rootElementOf(text).replace(/^[^:]*:/, ''));
}
