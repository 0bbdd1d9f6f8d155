import type { Markup, Paragraph } from './paragraphs.ts';
import { embedTarget, imageLinkOf, linkTarget } from './paragraphs.ts';

type JsonObject = { readonly [key: string]: unknown };

/** What a page hands to its scripts: every object of the page once, under its name, others pointing to it. */
export interface PageState {
  readonly objects: JsonObject;
}

/** A post as the state of its page describes it. */
export interface ApolloPost {
  readonly title?: string | undefined;
  readonly byline?: string | undefined;
  readonly publishedAt?: string | undefined;
  /** The likeliest first. */
  readonly links: readonly string[];
  readonly isResponse: boolean;
  /** Undefined where the page does not say. */
  readonly isPreviewOnly?: boolean | undefined;
  /** Undefined where the state has the post without its text. */
  readonly paragraphs?: readonly Paragraph[] | 'too_large' | undefined;
}

const assignment = /^\s*window\.__APOLLO_STATE__\s*=\s*/;
/** Names let a small page say a long text many times over: no story is nearly as long as this, in characters of JSON. */
export const largestStory = 4 * 1024 * 1024;

/** @param script the text of a script; anything but a readable state gives undefined */
export function pageState(script: string): PageState | undefined {
  const start = assignment.exec(script)?.[0].length;
  if (start === undefined) return undefined;
  try {
    const objects: unknown = JSON.parse(script.slice(start).trimEnd().replace(/;$/, ''));
    return isObject(objects) ? { objects } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Follows fixed ways from the post, never the graph as a whole, so a state that points in circles is no trouble. */
export function postIn({ objects }: PageState, id: string, pageUrl: string): ApolloPost | undefined {
  const post = own(objects, `Post:${id}`);
  if (!isObject(post)) return undefined;
  const content = contentOf(objects, post);
  const creator = follow(objects, post['creator']);
  const body = content && follow(objects, content['bodyModel']);
  const locked = content?.['isLockedPreviewOnly'];
  const first = post['firstPublishedAt'];
  return {
    title: text(post['title']),
    byline: text(creator?.['name']),
    publishedAt: typeof first === 'number' && first > 0 ? `${first}` : undefined,
    links: [post['canonicalUrl'], post['mediumUrl']].map(text).filter((link) => link !== undefined),
    isResponse: [post['inResponseToPostResult'], post['inResponseToMediaResource']].some(isObject),
    isPreviewOnly: typeof locked === 'boolean' ? locked : undefined,
    paragraphs: body && paragraphsOf(objects, body, pageUrl),
  };
}

/** Of the texts that the state has of one post (a preview beside the whole), the longest. */
function contentOf(objects: JsonObject, post: JsonObject): JsonObject | undefined {
  let longest: { readonly content: JsonObject; readonly length: number } | undefined;
  for (const [key, value] of Object.entries(post)) {
    if (!/^content(?:$|[(:])/.test(key)) continue;
    const content = follow(objects, value);
    const body = content && follow(objects, content['bodyModel']);
    const length = list(body?.['paragraphs']).length;
    if (content && (longest === undefined || length > longest.length)) longest = { content, length };
  }
  return longest?.content;
}

/** Each paragraph once, however often it is named. */
function paragraphsOf(objects: JsonObject, body: JsonObject, pageUrl: string): Paragraph[] | 'too_large' {
  const starts = new Set(list(body['sections']).map((section) => follow(objects, section)?.['startIndex']));
  const paragraphs: Paragraph[] = [];
  const seen = new Set<JsonObject>();
  let size = 0;
  for (const [index, item] of list(body['paragraphs']).entries()) {
    if (index > 0 && starts.has(index)) paragraphs.push({ type: 'rule' });
    const value = follow(objects, item);
    if (value === undefined || seen.has(value)) continue;
    seen.add(value);
    const paragraph = paragraphOf(objects, value, pageUrl);
    if (paragraph === undefined) continue;
    size += JSON.stringify(paragraph).length;
    if (size > largestStory) return 'too_large';
    paragraphs.push(paragraph);
  }
  return paragraphs;
}

const textTypes: ReadonlyMap<unknown, 'text' | 'heading' | 'subheading' | 'quote' | 'bullet' | 'number'> = new Map([
  ['H1', 'heading'],
  ['H2', 'heading'],
  ['H3', 'heading'],
  ['H4', 'subheading'],
  ['H5', 'subheading'],
  ['H6', 'subheading'],
  ['BQ', 'quote'],
  ['PQ', 'quote'],
  ['ULI', 'bullet'],
  ['OLI', 'number'],
]);

function paragraphOf(objects: JsonObject, value: JsonObject, pageUrl: string): Paragraph | undefined {
  const words = text(value['text']) ?? '';
  switch (value['type']) {
    case 'PRE':
      return { type: 'code', text: words, language: text(follow(objects, value['codeBlockMetadata'])?.['lang']) };
    case 'IMG': {
      const image = follow(objects, value['metadata']);
      const id = text(image?.['id']) ?? '';
      const caption = { text: words, markups: markupsOf(objects, value, pageUrl) };
      return { type: 'image', source: id && imageLinkOf(id), alternative: text(image?.['alt']) ?? '', ...caption };
    }
    case 'IFRAME':
      return embedOf(objects, value, pageUrl);
    case 'MIXTAPE_EMBED':
      return cardOf(objects, value, words, pageUrl);
    default: {
      const type = textTypes.get(value['type']) ?? 'text';
      return { type, text: words, markups: markupsOf(objects, value, pageUrl) };
    }
  }
}

function embedOf(objects: JsonObject, value: JsonObject, pageUrl: string): Paragraph | undefined {
  const frame = follow(objects, value['iframe']);
  const media = frame && follow(objects, frame['mediaResource']);
  const id = text(media?.['id']);
  const sources = [media?.['iframeSrc'], media?.['href'], id && `https://medium.com/media/${id}`].map(text);
  const source = sources.find((candidate) => candidate !== undefined);
  const href = source && embedTarget(source, pageUrl);
  return href ? { type: 'embed', text: href, href } : undefined;
}

function cardOf(objects: JsonObject, value: JsonObject, words: string, pageUrl: string): Paragraph | undefined {
  const markups = markupsOf(objects, value, pageUrl);
  const named = text(follow(objects, value['mixtapeMetadata'])?.['href']);
  const href = named === undefined ? markups.find(({ type }) => type === 'link')?.href : linkTarget(named, pageUrl);
  const [title = ''] = words.split('\n', 1);
  return href === undefined ? { type: 'text', text: words, markups } : { type: 'embed', text: title || href, href };
}

const markupTypes: ReadonlyMap<unknown, Markup['type']> = new Map([
  ['STRONG', 'strong'],
  ['EM', 'emphasis'],
  ['CODE', 'code'],
  ['A', 'link'],
]);

function markupsOf(objects: JsonObject, value: JsonObject, pageUrl: string): Markup[] {
  const markups: Markup[] = [];
  let size = 0;
  for (const item of list(value['markups'])) {
    // The paragraph is too large by then, and markups may share one long link.
    if (size > largestStory) break;
    const markup = follow(objects, item);
    const type = markupTypes.get(markup?.['type']);
    const start = markup?.['start'];
    const end = markup?.['end'];
    if (!markup || type === undefined || typeof start !== 'number' || typeof end !== 'number') continue;
    if (type !== 'link') {
      markups.push({ type, start, end });
      continue;
    }
    const user = text(markup['userId']);
    const href = text(markup['href']) ?? (user && `https://medium.com/u/${user}`);
    if (!href) continue;
    const target = linkTarget(href, pageUrl);
    size += target.length;
    markups.push({ type, start, end, href: target });
  }
  return markups;
}

/** One step: an object itself, or the one it names in the words of either generation. */
function follow(objects: JsonObject, value: unknown): JsonObject | undefined {
  if (!isObject(value)) return undefined;
  const name = value['__ref'] ?? (value['type'] === 'id' ? value['id'] : undefined);
  if (typeof name !== 'string') return value;
  const named = own(objects, name);
  return isObject(named) ? named : undefined;
}

function own(objects: JsonObject, name: string): unknown {
  return Object.hasOwn(objects, name) ? objects[name] : undefined;
}

function list(value: unknown): readonly unknown[] {
  const items: unknown = isObject(value) && value['type'] === 'json' ? value['json'] : value;
  return Array.isArray(items) ? items : [];
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
