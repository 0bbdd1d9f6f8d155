import type { PageReading, PageToRead } from '../../crawling/page-reader.ts';
import { type Element, findElement, findElements, lineOf } from '../../html/dom.ts';
import { metadataOf } from '../../html/metadata.ts';
import { type NotContent, notContent } from '../../html/page-gate.ts';
import { parseHtml } from '../../html/parse.ts';
import { normalizeAddress } from '../../html/web-address.ts';
import { bodyElementToMarkdown, bodyToMarkdown } from './body.ts';
import { boundedJson } from './bounded-json.ts';
import { jsonPayload } from './json-payload.ts';
import { type DescribedNote, noteInAnswer } from './note.ts';
import { bylineOf, type DescribedPost, isSubstacks, linkOf, postIn, postKey, publishedAtOf } from './post.ts';
import { preloadsOf } from './preloads.ts';
import { refusalOf } from './refusal.ts';

/** A post, whichever way it was described. */
export interface ExtractedPost {
  /** Missing where a page shows a post and not its id. */
  readonly id: number | undefined;
  readonly link: string;
  readonly title: string | undefined;
  readonly byline: string | undefined;
  readonly publishedAt: string | undefined;
  readonly markdown: string;
  readonly type: string | undefined;
  /** Who may read it, where that is told: `everyone`, `only_paid`, `founding`, `only_free`. */
  readonly audience: string | undefined;
  /** As the publication counts its words. */
  readonly wordcount: number | undefined;
  /** The page ends with an offer to subscribe. */
  readonly hasPaywall: boolean;
  readonly isDraft: boolean;
  /** What to keep instead of the page, which may carry keys besides the post. Missing where it carries none. */
  readonly snapshot?: unknown;
}

/** Reads a post from its page or the API's answer, or a note from the API's answer. Pure; never throws. */
export function readPage(page: PageToRead): PageReading {
  const { url, text } = page;
  if (isJson(page)) {
    const note = noteInAnswer(boundedJson(text));
    if (note !== undefined) return noteReading(note, url);
  }
  const post = extractPost(page);
  const problem = post === undefined ? notPost(page) : refusalOf(post, isShown(post) ? text : '', url);
  if (problem?.reason === 'rate_limited') return { outcome: 'rate_limited', message: problem.message };
  if (problem !== undefined) return { outcome: 'rejected', ...problem };
  if (post?.id === undefined) {
    return { outcome: 'rejected', reason: 'no_post', message: `${url} does not tell which post of Substack's it is` };
  }
  const { id, link, title, byline, publishedAt, markdown, snapshot } = post;
  return {
    outcome: 'document',
    document: {
      kind: 'article',
      naturalKey: postKey(id),
      link,
      title,
      publishedAt,
      content: { markdown, ...(byline !== undefined && { byline }) },
      ...(snapshot !== undefined && { payload: jsonPayload(snapshot) }),
    },
  };
}

function noteReading({ document }: DescribedNote, url: string): PageReading {
  if (document.kind === 'post' && document.content.text !== '') {
    // Notes are nowhere but on Substack itself.
    return {
      outcome: 'document',
      document: isSubstacks(url) ? document : { ...document, link: normalizeAddress(url) },
    };
  }
  return { outcome: 'rejected', reason: 'no_text', message: `${url} is a note without text` };
}

/** What a page has of a post, be it the whole of it or not. Nothing when it is none. */
export function extractPost(page: PageToRead): ExtractedPost | undefined {
  const { url, text } = page;
  if (isJson(page)) {
    const described = postIn(boundedJson(text));
    return described === undefined ? undefined : fromDescription(described, url, false);
  }
  const described = postIn(preloadsOf(text));
  if (described === undefined) return fromPage(text, url);
  return fromDescription(described, url, text.includes('class="paywall-title"'));
}

function fromDescription(described: DescribedPost, url: string, hasPaywall: boolean): ExtractedPost {
  const { post, snapshot } = described;
  const link = linkOf(described, url);
  const title = post.title?.trim() || undefined;
  return {
    id: post.id,
    link,
    title,
    byline: bylineOf(post),
    publishedAt: publishedAtOf(post.post_date),
    markdown: bodyToMarkdown(post.body_html ?? '', title, link),
    type: post.type,
    audience: post.audience,
    wordcount: post.wordcount,
    hasPaywall,
    isDraft: post.is_published === false,
    snapshot,
  };
}

/**
 * Pages without a description of the post show it, and say less of it. One whose description cannot be read may carry keys
 * in it: what it shows is left to the API, as if it did not tell its id.
 */
function fromPage(html: string, url: string): ExtractedPost | undefined {
  const root = parseHtml(html);
  const body = findElement(root, hasClass('available-content'));
  if (body === undefined) return undefined;
  const { title, byline, publishedAt, canonicalLink } = metadataOf(root, url);
  const heading = findElement(root, hasClass('post-title'));
  const shownTitle = (heading && lineOf(heading)) || title;
  const id = html.includes('window._preloads') ? undefined : postIdIn(root);
  const link = canonicalLink ?? normalizeAddress(url);
  return {
    id,
    link,
    title: shownTitle,
    byline,
    publishedAt: publishedAtOf(publishedAt),
    markdown: bodyElementToMarkdown(body, shownTitle, link),
    type: undefined,
    audience: undefined,
    wordcount: undefined,
    hasPaywall: findElement(root, hasClass('paywall-title')) !== undefined,
    isDraft: false,
  };
}

/** Where the head of a page names its post by id: the link in the reader, or the picture that is made of the post. */
function postIdIn(root: Element): number | undefined {
  for (const { attributes } of findElements(root, ({ name }) => name === 'meta' || name === 'link')) {
    const value = attributes.get('content') ?? attributes.get('href') ?? '';
    const id = /(?:\/home\/post\/p-|\/post_preview\/|%2Fpost_preview%2F)(\d{1,15})(?!\d)/.exec(value)?.[1];
    if (id !== undefined) return Number(id);
  }
  return undefined;
}

/** What a reader sees says why there is no post, when there is none. */
function notPost(page: PageToRead): NotContent | undefined {
  const { url, text } = page;
  if (isJson(page)) return notContent('', text, url);
  const root = parseHtml(text);
  return notContent(text, lineOf(findElement(root, ({ name }) => name === 'body') ?? root), url);
}

/** Read from what its page shows, not from what the page says of it to scripts. */
function isShown({ snapshot }: ExtractedPost): boolean {
  return snapshot === undefined;
}

function hasClass(name: string): (element: Element) => boolean {
  return ({ attributes }) => attributes.get('class')?.split(/\s+/).includes(name) ?? false;
}

function isJson({ mediaType }: PageToRead): boolean {
  return mediaType === 'application/json';
}
