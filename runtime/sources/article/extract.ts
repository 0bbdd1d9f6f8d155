import type { PageReading, PageToRead, ReadDocument } from '../../crawling/page-reader.ts';
import { extractArticle } from '../../html/extract-article.ts';
import { type NotContent, notContent } from '../../html/page-gate.ts';
import { plainText } from '../../html/plain-text.ts';
import { platformOf } from '../../html/platform-markers.ts';
import { withoutTitle } from '../../html/title-heading.ts';
import { normalizeAddress } from '../../html/web-address.ts';
import { looksLikeFeed, looksLikeSitemap } from './listing-format.ts';

const htmlTypes: ReadonlySet<string> = new Set(['text/html', 'application/xhtml+xml']);
const markdownTypes: ReadonlySet<string> = new Set(['text/markdown', 'text/x-markdown']);

/** HTML is read for its article; Markdown and plain text are taken as they are. Pure. */
export function readPage(page: PageToRead): PageReading {
  const { url, mediaType, text } = page;
  if (htmlTypes.has(mediaType) || (mediaType === 'application/octet-stream' && looksLikeHtml(text))) {
    const platform = platformOf(text, url);
    if (platform !== undefined) return { outcome: 'belongs_to', platform };
    const { byline, language, markdown, canonicalLink, ...described } = extractArticle(text, url);
    const problem = notContent(text, plainText(markdown), url);
    if (problem !== undefined) return refused(problem);
    const content = { markdown, ...(byline && { byline }), ...(language && { language }) };
    return article(canonicalLink ?? normalizeAddress(url), { ...described, content });
  }
  if (looksLikeFeed(page) || looksLikeSitemap(page)) {
    return { outcome: 'listing', message: `${url} is a list of pages, which only stands for what it lists` };
  }
  if (mediaType !== 'text/plain' && !markdownTypes.has(mediaType)) {
    const message = `${url} is ${mediaType}; accepted are HTML, Markdown and plain text`;
    return { outcome: 'rejected', reason: 'unsupported_media_type', message };
  }
  const markdown = text.replace(/\r\n?/g, '\n');
  const problem = notContent('', mediaType === 'text/plain' ? markdown : plainText(markdown), url);
  if (problem !== undefined) return refused(problem);
  const link = normalizeAddress(url);
  if (mediaType === 'text/plain') return article(link, { content: { markdown } });
  const title = /^(?:---\n[\s\S]*?\n---\n)?\s*#[ \t]+(\S[^\n]*)/.exec(markdown)?.[1]?.trim();
  return article(link, { title, content: { markdown: withoutTitle(markdown, title) } });
}

type ReadArticle = Extract<ReadDocument, { readonly kind: 'article' }>;

function article(link: string, described: Pick<ReadArticle, 'content' | 'title' | 'publishedAt'>): PageReading {
  return { outcome: 'document', document: { kind: 'article', naturalKey: link, link, ...described } };
}

/** To be asked too often passes; everything else that is no content stays so. */
function refused({ reason, message }: NotContent): PageReading {
  return reason === 'rate_limited' ? { outcome: reason, message } : { outcome: 'rejected', reason, message };
}

/** Servers that name no type are believed by what they send. */
function looksLikeHtml(text: string): boolean {
  return /^\s*(?:<!--[\s\S]{0,1000}?-->\s*)?<(?:!doctype\s+html|html|head|body)[\s>]/i.test(text);
}
