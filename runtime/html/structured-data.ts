import { collapse, type Element, rawText } from './dom.ts';

/** What schema.org (JSON-LD) says about the page's main work. */
export interface StructuredArticle {
  readonly headline?: string | undefined;
  readonly authors: readonly string[];
  readonly datePublished?: string | undefined;
  readonly language?: string | undefined;
  readonly url?: string | undefined;
  /** Plain text or HTML, as the site wrote it. */
  readonly body?: string | undefined;
  /** How many words the whole text has. */
  readonly words?: number | undefined;
  /** Whether it may be read without paying, or without an account. */
  readonly isFree?: boolean | undefined;
}

type JsonObject = { readonly [key: string]: unknown };

const articleType =
  /(?:Article|BlogPosting|Posting|Report|Review|HowTo|Recipe|TechArticle|CreativeWork|WebPage|QAPage|FAQPage|Chapter|Course|Guide|Question)$/;
const mostNodes = 2_000;

/** @param scripts the `application/ld+json` scripts of a page; those that are no JSON are passed over */
export function structuredArticle(scripts: readonly Element[]): StructuredArticle {
  const nodes: JsonObject[] = [];
  for (const script of scripts) collectNodes(parseJson(rawText(script)), nodes);
  const byId = new Map<string, JsonObject>();
  for (const node of nodes) {
    const id = node['@id'];
    // A node with nothing but an id is a reference to the one that has more.
    if (typeof id === 'string' && Object.keys(node).length > 1 && !byId.has(id)) byId.set(id, node);
  }
  const works = nodes.filter((node) => typesOf(node).some((type) => articleType.test(type)));
  works.sort((left, right) => rank(right) - rank(left));
  const [main] = works;
  const page = works.find((node) => typesOf(node).some((type) => type.endsWith('WebPage')));
  const pick = (key: string): string | undefined => text(main?.[key]) ?? text(page?.[key]);
  return {
    headline: main && rank(main) >= 2 ? (pick('headline') ?? text(main['name'])) : undefined,
    authors: namesOf(main?.['author'] ?? page?.['author'], byId),
    datePublished: pick('datePublished') ?? pick('dateCreated') ?? pick('uploadDate'),
    language: languageOf(main?.['inLanguage'], byId) ?? languageOf(page?.['inLanguage'], byId),
    url: text(main?.['url']) ?? idOf(main?.['mainEntityOfPage']),
    body: text(main?.['articleBody']) ?? text(main?.['text']),
    words: numberOf(pick('wordCount')),
    isFree: booleanOf(main?.['isAccessibleForFree'] ?? page?.['isAccessibleForFree']),
  };
}

/** An article with a body before one without, before other works, before the page itself. */
function rank(node: JsonObject): number {
  const types = typesOf(node);
  if (types.some((type) => /(?:Article|Posting|Report)$/.test(type))) return text(node['articleBody']) ? 4 : 3;
  return types.some((type) => type.endsWith('WebPage') || type === 'FAQPage' || type === 'Question') ? 1 : 2;
}

function parseJson(source: string): unknown {
  const json = source.replace(/^\s*(?:<!--|\/\/\s*<!\[CDATA\[|<!\[CDATA\[)|(?:-->|\/\/\s*\]\]>|\]\]>)\s*$/g, '');
  for (const candidate of [json, json.replace(/\p{Cc}+/gu, ' ')]) {
    try {
      return JSON.parse(candidate);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  return undefined;
}

/** Walks lists, `@graph` and values, breadth first and bounded, since depth is the page's choice. */
function collectNodes(value: unknown, nodes: JsonObject[]): void {
  const waiting: unknown[] = [value];
  for (let index = 0; index < waiting.length && index < mostNodes; index += 1) {
    const current = waiting[index];
    if (Array.isArray(current)) {
      for (const item of current) waiting.push(item);
    } else if (isObject(current)) {
      nodes.push(current);
      for (const inner of Object.values(current)) if (typeof inner === 'object' && inner !== null) waiting.push(inner);
    }
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function typesOf(node: JsonObject): string[] {
  const types = Array.isArray(node['@type']) ? node['@type'] : [node['@type']];
  return types.filter((type) => typeof type === 'string').map((type) => type.replace(/^.*[/:#]/, ''));
}

function text(value: unknown): string | undefined {
  const first = Array.isArray(value) ? value[0] : value;
  if (typeof first === 'number') return String(first);
  if (typeof first === 'string' && first.trim() !== '') return first;
  return isObject(first) && typeof first['@value'] === 'string' ? first['@value'] : undefined;
}

function numberOf(value: string | undefined): number | undefined {
  return value !== undefined && /^\s*\d{1,7}\s*$/.test(value) ? Number(value) : undefined;
}

function booleanOf(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  const named = /^(?:https?:\/\/schema\.org\/)?(true|false)$/i.exec(text(value) ?? '')?.[1];
  return named === undefined ? undefined : named.toLowerCase() === 'true';
}

function idOf(value: unknown): string | undefined {
  return isObject(value) ? text(value['@id']) : text(value);
}

function namesOf(value: unknown, byId: ReadonlyMap<string, JsonObject>): string[] {
  const names: string[] = [];
  for (const item of Array.isArray(value) ? value : [value]) {
    const person = isObject(item) && item['name'] === undefined ? (byId.get(text(item['@id']) ?? '') ?? item) : item;
    const name = isObject(person) ? text(person['name']) : text(person);
    if (name !== undefined) names.push(collapse(name));
  }
  return names;
}

function languageOf(value: unknown, byId: ReadonlyMap<string, JsonObject>): string | undefined {
  const language =
    isObject(value) && value['@id'] !== undefined ? (byId.get(text(value['@id']) ?? '') ?? value) : value;
  return isObject(language) ? (text(language['alternateName']) ?? text(language['name'])) : text(language);
}
