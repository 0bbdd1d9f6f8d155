import { collapse, type Element, findElement, findElements, isLargerThan, lineOf, signature } from './dom.ts';
import { creditsNearHeading } from './near-heading.ts';
import { timestampFrom } from './published-at.ts';
import { type StructuredArticle, structuredArticle } from './structured-data.ts';
import { trustedCanonical } from './web-address.ts';

export interface PageMetadata {
  readonly title?: string | undefined;
  readonly byline?: string | undefined;
  /** RFC 3339, UTC, milliseconds. */
  readonly publishedAt?: string | undefined;
  /** Only when the page may be believed: see `trustedCanonical`. */
  readonly canonicalLink?: string | undefined;
  /** BCP 47. */
  readonly language?: string | undefined;
  /** The article's text as JSON-LD gives it, to check what was extracted against. */
  readonly structuredBody?: string | undefined;
}

/** What a page says about itself; structured data first, then OpenGraph and `<meta>`, then what readers see. */
export function metadataOf(root: Element, url: string): PageMetadata {
  const meta = metaTags(root);
  const data = structuredArticle(
    findElements(root, ({ name, attributes }) => name === 'script' && /ld\+json/i.test(attributes.get('type') ?? '')),
  );
  const canonical = findElement(
    root,
    ({ name, attributes }) => name === 'link' && /(?:^|\s)canonical(?:\s|$)/i.test(attributes.get('rel') ?? ''),
  )?.attributes.get('href');
  const declared = bylineOf(root, meta, data);
  const publishedAt = publishedAtOf(root, meta, data);
  const site = first(meta, ['og:site_name', 'application-name']);
  // A site that names itself as the author names the person where readers look for it, if anywhere.
  const isSite = declared !== undefined && declared.toLowerCase() === site?.toLowerCase();
  const shown = declared === undefined || isSite || publishedAt === undefined ? creditsNearHeading(root) : {};
  return {
    title: titleOf(root, meta, data),
    byline: isSite ? (shown.byline ?? declared) : (declared ?? shown.byline),
    publishedAt: publishedAt ?? shown.publishedAt,
    canonicalLink: trustedCanonical(canonical, url) ?? trustedCanonical(meta.get('og:url'), url),
    language: languageOf(root, meta, data),
    structuredBody: data.body,
  };
}

/** The first value of each name, whichever of `property`, `name`, `itemprop` and `http-equiv` carries it. */
function metaTags(root: Element): ReadonlyMap<string, string> {
  const tags = new Map<string, string>();
  for (const { attributes } of findElements(root, ({ name }) => name === 'meta')) {
    const content = collapse(attributes.get('content') ?? '');
    if (content === '') continue;
    for (const attribute of ['property', 'name', 'itemprop', 'http-equiv']) {
      const name = attributes.get(attribute)?.trim().toLowerCase();
      if (name && !tags.has(name)) tags.set(name, content);
    }
  }
  return tags;
}

function first(meta: ReadonlyMap<string, string>, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = meta.get(name);
    if (value !== undefined) return value;
  }
  return undefined;
}

function titleOf(root: Element, meta: ReadonlyMap<string, string>, data: StructuredArticle): string | undefined {
  const documentTitle = findElement(root, ({ name, parent }) => name === 'title' && parent?.name !== 'svg');
  const written = documentTitle ? lineOf(documentTitle) : '';
  const headings = findElements(root, (element) => element.name === 'h1' && !isLargerThan(element, 2_000))
    .slice(0, mostLooked)
    .map(lineOf)
    .filter((text) => text !== '');
  const declared =
    data.headline ?? first(meta, ['og:title', 'citation_title', 'dc.title', 'twitter:title', 'parsely-title']);
  const title = declared === undefined ? written : collapse(unescapeEntities(declared));
  // The heading that readers see is the title without the site's name around it.
  const [heading, ...others] = headings.filter((text) => text.length > 3 && contains(title, text));
  if (heading !== undefined && others.every((other) => other === heading)) return heading;
  if (title === '') return headings[0];
  return withoutSiteName(title, first(meta, ['og:site_name', 'application-name']));
}

function contains(title: string, heading: string): boolean {
  const plain = (text: string): string =>
    text
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, ' ')
      .trim();
  const [whole, part] = [plain(title), plain(heading)];
  return (
    whole === part || (part.length * 3 >= whole.length && (whole.startsWith(`${part} `) || whole.endsWith(` ${part}`)))
  );
}

function withoutSiteName(title: string, site: string | undefined): string {
  const parts = title.split(/\s+[|·•»–—-]\s+|\s*\|\s*/);
  if (parts.length < 2) return title;
  if (site !== undefined && title.toLowerCase().endsWith(site.toLowerCase())) {
    const kept = title.slice(0, -site.length).replace(/\s*[|·•»–—:-]+\s*$/, '');
    if (kept !== '' && kept.length + site.length < title.length) return kept;
  }
  // Only `|` is never part of a sentence.
  const bars = title.split(/\s+\|\s+/);
  return bars.length > 1 && (bars[0]?.length ?? 0) >= 10 ? (bars[0] ?? title) : title;
}

/** JSON-LD and OpenGraph values are often escaped twice. */
function unescapeEntities(text: string): string {
  const named: Readonly<Record<string, string>> = { amp: '&', quot: '"', apos: "'", lt: '<', gt: '>', nbsp: ' ' };
  return text.replace(/&(?:#(\d{1,6})|#x([\da-f]{1,5})|(amp|quot|apos|lt|gt|nbsp));/gi, (all, decimal, hex, name) => {
    if (name !== undefined) return named[String(name).toLowerCase()] ?? all;
    const codePoint = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return codePoint > 31 && codePoint <= 0x10ffff ? String.fromCodePoint(codePoint) : all;
  });
}

function bylineOf(root: Element, meta: ReadonlyMap<string, string>, data: StructuredArticle): string | undefined {
  const names = data.authors.map(personName).filter((name) => name !== undefined);
  if (names.length > 0) return [...new Set(names)].join(', ');
  const declared = personName(
    first(meta, [
      'author',
      'article:author',
      'citation_author',
      'dc.creator',
      'parsely-author',
      'sailthru.author',
      'byl',
      'twitter:creator',
    ]),
  );
  if (declared !== undefined) return declared;
  const marked =
    findElement(root, ({ attributes }) => /(?:^|\s)author(?:\s|$)/.test(attributes.get('itemprop') ?? '')) ??
    findElement(
      root,
      ({ name, attributes }) => name === 'a' && /(?:^|\s)author(?:\s|$)/.test(attributes.get('rel') ?? ''),
    ) ??
    findElement(root, (element) =>
      /(?:^|[\s_-])(?:byline|author-name|p-author|entry-author|post-author)(?:$|\s)/.test(signature(element)),
    );
  if (!marked) return undefined;
  const name = findElement(marked, ({ attributes }) => attributes.get('itemprop') === 'name') ?? marked;
  return personName(lineOf(name));
}

function personName(text: string | undefined): string | undefined {
  const name = collapse(unescapeEntities(text ?? ''))
    .replace(/^(?:(?:written|posted|published|story)\s+)?by:?\s+/i, '')
    .replace(/^[@"“'\s]+|["”'\s]+$/g, '');
  return !/\p{L}/u.test(name) || name.length > 120 || /^https?:|^(?:admin|administrator|unknown)$/i.test(name)
    ? undefined
    : name;
}

/** Elements looked at for a date or a title: a page that has more says nothing by them. */
const mostLooked = 50;

const publishedNames = [
  'article:published_time',
  'og:article:published_time',
  'datepublished',
  'citation_publication_date',
  'citation_date',
  'dc.date.issued',
  'dc.date.created',
  'dc.date',
  'dcterms.created',
  'parsely-pub-date',
  'sailthru.date',
  'publish-date',
  'publish_date',
  'pubdate',
  'article.published',
  'date',
];

function publishedAtOf(root: Element, meta: ReadonlyMap<string, string>, data: StructuredArticle): string | undefined {
  const structured = timestampFrom(data.datePublished);
  if (structured !== undefined) return structured;
  for (const name of publishedNames) {
    const declared = timestampFrom(meta.get(name));
    if (declared !== undefined) return declared;
  }
  const marked = findElements(
    root,
    ({ name, attributes }) => name === 'time' || /datePublished/.test(attributes.get('itemprop') ?? ''),
  );
  marked.sort((left, right) => dateRank(right) - dateRank(left));
  for (const element of marked.slice(0, mostLooked)) {
    const { attributes } = element;
    const found = timestampFrom(attributes.get('datetime') ?? attributes.get('content') ?? lineOf(element));
    if (found !== undefined) return found;
  }
  const shown = findElements(root, (element) =>
    /(?:^|[\s_-])(?:date|published|pub-?date|posted-on|timestamp)(?:$|[\s_-])/.test(signature(element)),
  );
  for (const element of shown.slice(0, mostLooked)) {
    if (isLargerThan(element, 500)) continue;
    const line = lineOf(element);
    const found = line.length <= 60 ? timestampFrom(line) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function dateRank(element: Element): number {
  const { attributes } = element;
  if (/datePublished/.test(attributes.get('itemprop') ?? '') || attributes.has('pubdate')) return 2;
  return /publish|dt-published|entry-date/.test(signature(element))
    ? 1
    : /updated|modified/.test(signature(element))
      ? -1
      : 0;
}

function languageOf(root: Element, meta: ReadonlyMap<string, string>, data: StructuredArticle): string | undefined {
  const html = findElement(root, ({ name }) => name === 'html')?.attributes;
  const declared = [
    html?.get('lang'),
    html?.get('xml:lang'),
    data.language,
    meta.get('content-language'),
    first(meta, ['dc.language', 'language']),
    meta.get('og:locale'),
  ];
  for (const language of declared) {
    const tag = language?.trim().replaceAll('_', '-') ?? '';
    if (!/^[a-z]{2,3}(?:-[a-z\d]{1,8})*$/i.test(tag)) continue;
    try {
      return Intl.getCanonicalLocales(tag)[0];
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
  return undefined;
}
