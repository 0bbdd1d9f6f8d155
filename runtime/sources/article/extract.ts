import type { CrawlJob } from '../../domain/crawl-job.ts';
import type { ArticleDocument, DocumentDraft } from '../../domain/documents.ts';
import { RejectedInput, TransientError } from '../../domain/errors.ts';
import { extractArticle } from '../../html/extract-article.ts';
import { notContent } from '../../html/page-gate.ts';
import { plainText } from '../../html/plain-text.ts';
import { withoutTitle } from '../../html/title-heading.ts';
import { normalizeAddress } from '../../html/web-address.ts';
import type { FetchResult } from '../../ports/fetcher.ts';

type FetchedPage = Extract<FetchResult, { status: 'ok' }>;

const htmlTypes: ReadonlySet<string> = new Set(['text/html', 'application/xhtml+xml']);
const markdownTypes: ReadonlySet<string> = new Set(['text/markdown', 'text/x-markdown']);

/** What reading needs of a page: little, since it may have to be copied to another thread. */
export type PageToRead = Pick<FetchedPage, 'url' | 'mediaType' | 'text'>;

/** Plain data, which survives the way between threads where classes of errors do not. */
export type PageReading =
  | {
      readonly outcome: 'article';
      readonly content: ArticleDocument['content'];
      readonly canonicalLink?: string | undefined;
      readonly title?: string | undefined;
      readonly publishedAt?: string | undefined;
    }
  | { readonly outcome: 'rejected'; readonly reason: string; readonly message: string }
  /** The page only says that it is asked too often. */
  | { readonly outcome: 'rate_limited'; readonly message: string };

/** Reads pages here or, as it takes some milliseconds of computing, in another thread. */
export type PageReader = (page: PageToRead, signal: AbortSignal) => PageReading | Promise<PageReading>;

/** HTML is read for its article; Markdown and plain text are taken as they are. Pure. */
export function readPage(page: PageToRead): PageReading {
  const { url, mediaType, text } = page;
  if (htmlTypes.has(mediaType) || (mediaType === 'application/octet-stream' && looksLikeHtml(text))) {
    const { byline, language, markdown, ...article } = extractArticle(text, url);
    const problem = notContent(text, plainText(markdown), url);
    if (problem?.reason === 'rate_limited') return { outcome: 'rate_limited', message: problem.message };
    if (problem !== undefined) return { outcome: 'rejected', ...problem };
    const content = { markdown, ...(byline && { byline }), ...(language && { language }) };
    return { outcome: 'article', content, ...article };
  }
  if (mediaType !== 'text/plain' && !markdownTypes.has(mediaType)) {
    const message = `${url} is ${mediaType}; accepted are HTML, Markdown and plain text`;
    return { outcome: 'rejected', reason: 'unsupported_media_type', message };
  }
  if (!/[\p{L}\p{N}]/u.test(text)) {
    return { outcome: 'rejected', reason: 'empty_page', message: `${url} has no text worth keeping` };
  }
  const markdown = text.replace(/\r\n?/g, '\n');
  if (mediaType === 'text/plain') return { outcome: 'article', content: { markdown } };
  const title = /^(?:---\n[\s\S]*?\n---\n)?\s*#[ \t]+(\S[^\n]*)/.exec(markdown)?.[1]?.trim();
  return { outcome: 'article', title, content: { markdown: withoutTitle(markdown, title) } };
}

/**
 * The document that a page is.
 * @throws RejectedInput `unsupported_media_type`, `empty_page`, `challenge_page`, `login_page`, `javascript_required`,
 *   `error_page`
 * @throws TransientError when the page only says that it is asked too often
 */
export function draftOf(page: FetchedPage, reading: PageReading, job: CrawlJob): DocumentDraft {
  if (reading.outcome === 'rate_limited') throw new TransientError(reading.message);
  if (reading.outcome === 'rejected') throw new RejectedInput(reading.reason, reading.message);
  const link = reading.canonicalLink ?? normalizeAddress(page.url);
  return {
    kind: 'article',
    platform: 'web',
    naturalKey: link,
    authorId: job.authorId,
    link,
    title: reading.title,
    publishedAt: reading.publishedAt,
    content: reading.content,
    payload: { mediaType: page.mediaType, bytes: page.body },
  };
}

/** Servers that name no type are believed by what they send. */
function looksLikeHtml(text: string): boolean {
  return /^\s*(?:<!--[\s\S]{0,1000}?-->\s*)?<(?:!doctype\s+html|html|head|body)[\s>]/i.test(text);
}
