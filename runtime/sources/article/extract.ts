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

/**
 * The document that a page is. HTML is read for its article; Markdown and plain text are taken as they are.
 * @throws RejectedInput `unsupported_media_type`, `empty_page`, `challenge_page`, `login_page`, `javascript_required`,
 *   `error_page`
 * @throws TransientError when the page only says that it is asked too often
 */
export function draftOf(page: FetchedPage, job: CrawlJob): DocumentDraft {
  const { canonicalLink, title, publishedAt, ...content } = read(page);
  const link = canonicalLink ?? normalizeAddress(page.url);
  return {
    kind: 'article',
    platform: 'web',
    naturalKey: link,
    authorId: job.authorId,
    link,
    title,
    publishedAt,
    content,
    payload: { mediaType: page.mediaType, bytes: page.body },
  };
}

type Read = ArticleDocument['content'] & {
  readonly canonicalLink?: string | undefined;
  readonly title?: string | undefined;
  readonly publishedAt?: string | undefined;
};

function read(page: FetchedPage): Read {
  if (htmlTypes.has(page.mediaType) || (page.mediaType === 'application/octet-stream' && looksLikeHtml(page.text))) {
    const { byline, language, ...article } = extractArticle(page.text, page.url);
    const problem = notContent(page.text, plainText(article.markdown), page.url);
    if (problem?.reason === 'rate_limited') throw new TransientError(problem.message);
    if (problem) throw new RejectedInput(problem.reason, problem.message);
    return { ...article, ...(byline && { byline }), ...(language && { language }) };
  }
  if (markdownTypes.has(page.mediaType)) {
    const title = /^(?:---\n[\s\S]*?\n---\n)?\s*#[ \t]+(\S[^\n]*)/.exec(page.text)?.[1]?.trim();
    return { title, markdown: withoutTitle(nonEmpty(page), title) };
  }
  if (page.mediaType === 'text/plain') return { markdown: nonEmpty(page) };
  throw new RejectedInput(
    'unsupported_media_type',
    `${page.url} is ${page.mediaType}; accepted are HTML, Markdown and plain text`,
  );
}

function nonEmpty(page: FetchedPage): string {
  const text = page.text.replace(/\r\n?/g, '\n');
  if (!/[\p{L}\p{N}]/u.test(text)) throw new RejectedInput('empty_page', `${page.url} has no text worth keeping`);
  return text;
}

/** Servers that name no type are believed by what they send. */
function looksLikeHtml(text: string): boolean {
  return /^\s*(?:<!--[\s\S]{0,1000}?-->\s*)?<(?:!doctype\s+html|html|head|body)[\s>]/i.test(text);
}
