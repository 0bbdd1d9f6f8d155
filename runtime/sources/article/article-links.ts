/** Parts of a path that lists stand under, never texts. */
const listWords =
  /^(?:tags?|tagged|categor(?:y|ies)|kategorien?|schlagw(?:ort|oerter)|etiquetas?|authors?|autor(?:en|es)?|auteurs?|topics?|themen|users?|members?|search|suche|feeds?|rss|wp-(?:json|content|admin|includes|login\.php)|cdn-cgi|comments?|amp|embed|attachment|print|share|login|signin|signup|register|account|cart|checkout|shop|products?|downloads?)$/i;
/** What a site has beside its texts, at the top of it. */
const pageWords =
  /^(?:about(?:-(?:me|us))?|a-propos|ueber(?:-mich|-uns)?|sobre(?:-mi)?|contact(?:-us|-me)?|kontakt|contacto|imprint|impressum|legal(?:-notice)?|mentions-legales|aviso-legal|privacy(?:-policy)?|datenschutz(?:erklaerung)?|confidentialite|privacidad|terms(?:-(?:of-(?:service|use)|and-conditions))?|tos|agb|cookies?(?:-policy)?|disclaimer|colophon|subscribe|newsletter|support|help|faq|jobs|careers|press|team|404|500|offline|now|uses|blogroll|links|resume|cv|hire-me|donate|thanks?|thank-you|sitemap|home|index(?:\.\w+)?|archives?|archiv|all|start|settings)$/i;
const listEnds = /^(?:archives?|archiv|all|tags|categories|authors|page|feed|rss|index|comments|amp)$/i;
const files =
  /\.(?:pdf|jpe?g|png|gif|svg|webp|avif|ico|bmp|tiff?|mp[34]|m4[av]|ogg|wav|webm|mov|avi|zip|gz|tgz|bz2|xz|7z|rar|tar|exe|dmg|iso|apk|epub|mobi|docx?|xlsx?|pptx?|od[tps]|csv|tsv|xml|json|rss|atom|css|m?js|map|woff2?|ttf|otf|eot|txt|ics|bib|ipynb)$/i;
const language = /^[a-z]{2}(?:-[a-z]{2})?$/i;

/** Whether a link, by its looks, leads to a list, a file, or a page that every site has, instead of to a text. */
export function isNoArticle(link: URL): boolean {
  const all = segmentsOf(link);
  const segments = language.test(all[0] ?? '') && all.length > 1 ? all.slice(1) : all;
  const [first = '', ...others] = segments;
  const last = segments.at(-1) ?? '';
  if (segments.length === 0) return !/[?&]p=\d+/.test(link.search);
  if (files.test(last) || pageWords.test(first) || listEnds.test(last)) return true;
  if ([first, ...others.slice(0, -1)].some((segment) => listWords.test(segment))) return true;
  // Months and years are lists; so is the second page of anything.
  if (segments.every((segment) => /^\d{1,4}$/.test(segment)) && /^(?:19|20)\d\d$/.test(first)) return true;
  return (
    /\/page\/\d+\/?$/i.test(link.pathname) ||
    /[?&](?:page|paged|tag|cat|author|s|q|replytocom|share)=/i.test(link.search)
  );
}

/** What each part of the paths of some texts may be. */
type Shape = readonly ((segment: string) => boolean)[];

/**
 * Learns from the links of some texts (those of a feed) which other links of their site are texts, too.
 * @returns nothing when there are none to learn from
 */
export function shapeOf(links: readonly URL[]): ((link: URL) => boolean) | undefined {
  const groups = new Map<string, URL[]>();
  for (const link of links) {
    const key = groupOf(link);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [link]);
    else group.push(link);
  }
  if (groups.size === 0) return undefined;
  // A feed may have as many groups as items, and a site a million links to compare: each is looked up.
  const shapes = new Map([...groups].map(([key, group]) => [key, shapeOfGroup(group)]));
  return (link) => {
    const shape = isNoArticle(link) ? undefined : shapes.get(groupOf(link));
    return shape !== undefined && segmentsOf(link).every((segment, at) => shape[at]?.(segment) === true);
  };
}

/** Links with as many parts in their paths, the same extension and the same parameters. */
function groupOf(link: URL): string {
  const parameters = [...link.searchParams.keys()].sort();
  const extension = /\.(?:html?|php|aspx?|md)$/i.exec(link.pathname)?.[0].toLowerCase() ?? '';
  return [segmentsOf(link).length, extension, ...parameters].join(' ');
}

function shapeOfGroup(links: readonly URL[]): Shape {
  const paths = links.map(segmentsOf);
  const depth = paths[0]?.length ?? 0;
  return Array.from({ length: depth }, (_, at) =>
    patternOf(
      paths.map((path) => path[at] ?? ''),
      { isLast: at === depth - 1, isOnly: depth === 1 },
    ),
  );
}

const enough = 5;

function patternOf(
  values: readonly string[],
  { isLast, isOnly }: { readonly isLast: boolean; readonly isOnly: boolean },
): (segment: string) => boolean {
  if (values.every(isNumber)) return isNumber;
  if (!isLast) return new Set(values).size === 1 ? (segment) => segment === values[0] : () => true;
  // Directly under the root stands everything else, too, most of it in one word.
  const worded = isOnly && values.length >= enough && values.every(hasSeveralWords);
  return worded ? hasSeveralWords : () => true;
}

const isNumber = (segment: string): boolean => /^\d+$/.test(segment);
const hasSeveralWords = (segment: string): boolean => /[-_\d]/.test(segment);

export function segmentsOf({ pathname }: URL): readonly string[] {
  return pathname.split('/').filter((segment) => segment !== '');
}

/** Whether both are of one site: with `www.` or without it is the same one. */
export function isSameSite(one: URL, other: URL): boolean {
  const bare = ({ hostname }: URL): string => hostname.replace(/^www\./, '');
  return bare(one) === bare(other) && one.port === other.port;
}
