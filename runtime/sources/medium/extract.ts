import type { PageReading, PageToRead, ReadDocument } from '../../crawling/page-reader.ts';
import { type Element, findElement, findElements, rawText } from '../../html/dom.ts';
import { extractArticle } from '../../html/extract-article.ts';
import { metadataOf } from '../../html/metadata.ts';
import { type NotContent, notContent } from '../../html/page-gate.ts';
import { parseHtml } from '../../html/parse.ts';
import { plainText } from '../../html/plain-text.ts';
import { platformOf } from '../../html/platform-markers.ts';
import { type ApolloPost, largestStory, pageState, postIn } from './apollo.ts';
import { hasPaywall, storyParagraphs } from './page-body.ts';
import { publishedAtOf } from './page-date.ts';
import type { Paragraph } from './paragraphs.ts';
import { postIdOf } from './post-id.ts';
import { documentOf, linkOf } from './story.ts';

const htmlTypes: ReadonlySet<string> = new Set(['text/html', 'application/xhtml+xml']);

/** Reads an article or a response from its page, whichever generation of pages it is of. Pure. */
export function readPage({ url, mediaType, text }: PageToRead): PageReading {
  if (!htmlTypes.has(mediaType)) {
    const message = `${url} is ${mediaType}; accepted are the HTML pages of Medium`;
    return { outcome: 'rejected', reason: 'unsupported_media_type', message };
  }
  const root = parseHtml(text);
  const id = postIdOf(root, url);
  const post = id === undefined ? undefined : postOf(root, id, url);
  const inState = post?.paragraphs;
  if (inState === 'too_large') {
    const message = `${url} has a story of more than ${largestStory} characters, which is longer than any is read`;
    return { outcome: 'rejected', reason: 'too_large', message };
  }
  const document =
    id === undefined
      ? undefined
      : read(root, text, { id, post, paragraphs: inState ?? storyParagraphs(root, url) }, url);
  const problem = problemOf(
    notContent(text, wordsOf(document), url, { paywalled: post?.isPreviewOnly ?? hasPaywall(root) }),
  );
  if (problem?.reason === 'rate_limited') return { outcome: 'rate_limited', message: problem.message };
  if (problem !== undefined) return { outcome: 'rejected', ...problem };
  if (document !== undefined) return { outcome: 'document', document };
  return { outcome: 'rejected', reason: 'not_an_article', message: `${url} is no article or response of Medium's` };

  function problemOf(found: NotContent | undefined): NotContent | undefined {
    // A page without a story is not for that an empty one.
    if (found?.reason === 'empty_page' && document === undefined) return undefined;
    if (found?.reason !== 'paywall_stub' && found?.reason !== 'incomplete_text') return found;
    // What the page's own state says of it is sure.
    if (post?.isPreviewOnly === false) return undefined;
    return { ...found, message: `${found.message}; with MEDIUM_COOKIES of a member it is read whole` };
  }
}

function postOf(root: Element, id: string, url: string): ApolloPost | undefined {
  for (const script of findElements(root, ({ name }) => name === 'script')) {
    const state = pageState(rawText(script));
    if (state !== undefined) return postIn(state, id, url);
  }
  return undefined;
}

interface FoundPost {
  readonly id: string;
  readonly post: ApolloPost | undefined;
  readonly paragraphs: readonly Paragraph[];
}

function read(root: Element, html: string, { id, post, paragraphs }: FoundPost, url: string): ReadDocument | undefined {
  const page = metadataOf(root, url);
  const described = {
    id,
    link: linkOf(id, [...(post?.links ?? []), canonicalOf(root), url], url),
    byline: post?.byline ?? page.byline,
    publishedAt: post?.publishedAt ?? publishedAtOf(root, page.publishedAt),
    isResponse: post?.isResponse,
  };
  if (paragraphs.length > 0) return documentOf({ ...described, title: post?.title ?? page.title, paragraphs });
  if (platformOf(html, url) !== 'medium') return undefined;
  // A generation of pages that is not known yet is read as any other page.
  const { title, markdown } = extractArticle(html, url);
  if (markdown === '') return undefined;
  const { link, byline, publishedAt } = described;
  const content = { markdown, ...(byline !== undefined && { byline }) };
  return { kind: 'article', naturalKey: id, link, title, publishedAt, content };
}

function canonicalOf(root: Element): string | undefined {
  return findElement(
    root,
    ({ name, attributes }) => name === 'link' && /(?:^|\s)canonical(?:\s|$)/i.test(attributes.get('rel') ?? ''),
  )?.attributes.get('href');
}

function wordsOf(document: ReadDocument | undefined): string {
  if (document === undefined) return '';
  return document.kind === 'article' ? plainText(document.content.markdown) : document.content.text;
}
