import type { ReadDocument } from '../../crawling/page-reader.ts';
import type { Payload } from '../../domain/documents.ts';
import { collapse } from '../../html/dom.ts';
import { plainText } from '../../html/plain-text.ts';
import { timestampFrom } from '../../html/published-at.ts';
import { isUnder, normalizeAddress, onSameHost } from '../../html/web-address.ts';
import { postIdOfPath } from './link.ts';
import type { Paragraph } from './paragraphs.ts';
import { storyMarkdown } from './story-markdown.ts';

/** An article or a response, read from whatever form of it. */
export interface Story {
  /** Medium's id of the post. */
  readonly id: string;
  readonly link: string;
  readonly title?: string | undefined;
  readonly byline?: string | undefined;
  /** When it was first published: an edit does not change it. */
  readonly publishedAt?: string | undefined;
  /** Undefined where the form does not tell. */
  readonly isResponse?: boolean | undefined;
  readonly paragraphs: readonly Paragraph[];
}

/** How far down a title may stand: below a picture, or a line above the title. */
const titleReach = 3;

/**
 * The document of a story, the same for each form of it: the title stands beside the text, the subtitle opens it, and a
 * response, which has no title but its own first words, is a post.
 */
export function documentOf(story: Story, payload?: Payload): ReadDocument {
  const { id, link, byline } = story;
  const { title, isTitled, paragraphs } = withoutTitle(story);
  const markdown = storyMarkdown(withRulesBetween(paragraphs), link);
  const publishedAt = wholeSeconds(story.publishedAt);
  const common = { naturalKey: id, link, publishedAt, payload };
  if (story.isResponse === true || !isTitled) {
    return {
      kind: 'post',
      ...common,
      content: {
        text: plainText(markdown)
          .replace(/\n{3,}/g, '\n\n')
          .trim(),
      },
    };
  }
  return { kind: 'article', ...common, title, content: { markdown, ...(byline !== undefined && { byline }) } };
}

interface WithoutTitle {
  readonly title: string | undefined;
  readonly isTitled: boolean;
  readonly paragraphs: readonly Paragraph[];
}

function withoutTitle({ title: declared, paragraphs: all }: Story): WithoutTitle {
  const paragraphs = all.filter((paragraph) => !isEmpty(paragraph));
  const at = paragraphs.slice(0, titleReach).findIndex((paragraph) => isTitle(paragraph, declared));
  const found = paragraphs[at];
  if (found !== undefined && 'text' in found) {
    const [before, after] = [paragraphs.slice(0, at), paragraphs.slice(at + 1)];
    return { title: collapse(found.text), isTitled: true, paragraphs: [...before.map(asText), ...withSubtitle(after)] };
  }
  const title = declared === undefined || collapse(declared) === '' ? undefined : collapse(declared);
  return { title, isTitled: !isTakenFromText(title, paragraphs), paragraphs: withSubtitle(paragraphs) };
}

function isTitle(paragraph: Paragraph, declared: string | undefined): boolean {
  if (paragraph.type === 'title') return true;
  if (paragraph.type !== 'heading' && paragraph.type !== 'subheading') return false;
  const [wanted, found] = [letters(declared ?? ''), letters(paragraph.text)];
  // A long title is cut where it is not the heading of the story itself.
  return wanted !== '' && (found === wanted || (/…\s*$/.test(declared ?? '') && found.startsWith(wanted)));
}

/** A small heading right below the title is the subtitle: it opens the text, and heads nothing. */
function withSubtitle(paragraphs: readonly Paragraph[]): readonly Paragraph[] {
  const at = paragraphs.findIndex(({ type }) => type !== 'image' && type !== 'rule');
  return paragraphs.map((paragraph, index) =>
    paragraph.type === 'subtitle' || (index === at && paragraph.type === 'subheading') ? asText(paragraph) : paragraph,
  );
}

function asText(paragraph: Paragraph): Paragraph {
  return paragraph.type === 'subheading' || paragraph.type === 'subtitle' ? { ...paragraph, type: 'text' } : paragraph;
}

/** What has no title is listed under its own first words. */
function isTakenFromText(title: string | undefined, paragraphs: readonly Paragraph[]): boolean {
  if (paragraphs.some(({ type }) => type === 'heading' || type === 'subheading')) return false;
  const first = paragraphs.find((paragraph) => paragraph.type === 'text' || paragraph.type === 'quote');
  if (title === undefined) return true;
  if (first === undefined || !('text' in first)) return false;
  const opening = letters(title);
  return opening !== '' && letters(first.text).startsWith(opening);
}

function isEmpty(paragraph: Paragraph): boolean {
  switch (paragraph.type) {
    case 'rule':
      return false;
    case 'image':
      return paragraph.source === '' && paragraph.text.trim() === '';
    default:
      return paragraph.text.trim() === '';
  }
}

/** A rule stands between two parts of the text, and once. */
function withRulesBetween(paragraphs: readonly Paragraph[]): Paragraph[] {
  const kept: Paragraph[] = [];
  for (const paragraph of paragraphs) {
    const last = kept.at(-1)?.type;
    if (paragraph.type === 'rule' && (last === undefined || last === 'rule')) continue;
    kept.push(paragraph);
  }
  if (kept.at(-1)?.type === 'rule') kept.pop();
  return kept;
}

function letters(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');
}

/** Feeds know no fractions of seconds. */
function wholeSeconds(timestamp: string | undefined): string | undefined {
  return timestampFrom(timestamp)?.replace(/\.\d{3}Z$/, '.000Z');
}

/**
 * The link by which a story is known: the first that names it by its id and may be believed, without what tells where a
 * reader came from; else the page's own address.
 * @param page what names them, and what relative ones are resolved against
 */
export function linkOf(id: string, candidates: readonly (string | undefined)[], page: string): string {
  for (const candidate of candidates) {
    if (candidate === undefined || !URL.canParse(candidate, page)) continue;
    const url = new URL(candidate, page);
    if (!/^https?:$/.test(url.protocol) || postIdOfPath(url.pathname) !== id || !mayName(url, page)) continue;
    return `${url.origin}${url.pathname}`;
  }
  return isUnder(page, 'medium.com') ? `https://medium.com/p/${id}` : normalizeAddress(page);
}

/**
 * Whether a page, or a feed, may say where a story is: on its own host, and Medium itself, which knows the domains of its
 * publications, wherever it likes. Any other page could pass itself off as a story of somebody else.
 */
export function mayName(link: string | URL, page: string): boolean {
  return onSameHost(link, page) || isUnder(page, 'medium.com');
}
