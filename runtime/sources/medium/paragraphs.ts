/** A range of a paragraph's text in UTF-16 units. Ranges may overlap, and may be wrong. */
export interface Markup {
  readonly type: 'strong' | 'emphasis' | 'code' | 'link';
  readonly start: number;
  readonly end: number;
  readonly href?: string | undefined;
}

interface MarkedText {
  /** With line feeds where the author broke the line. */
  readonly text: string;
  readonly markups: readonly Markup[];
}

/** What Medium's editor makes: a list of paragraphs, which every form of a story (page, feed, export) can be read into. */
export type Paragraph =
  | (MarkedText & { readonly type: 'text' | 'heading' | 'subheading' | 'quote' | 'bullet' | 'number' })
  /** As the form of the story names it, not guessed. */
  | (MarkedText & { readonly type: 'title' | 'subtitle' })
  | { readonly type: 'code'; readonly text: string; readonly language?: string | undefined }
  /** The text is its caption. */
  | (MarkedText & { readonly type: 'image'; readonly source: string; readonly alternative: string })
  /** A card for another page, or what is played or shown in a frame. */
  | { readonly type: 'embed'; readonly text: string; readonly href: string }
  | { readonly type: 'rule' };

/** Images are known by this id in all sizes and under all of the hosts that have served them. */
const imageHost =
  /^(?:miro|cdn-images-\d+|cdn-static-\d+)\.medium\.com$|^(?:d262ilb51hltx0|dnqgz544uhbo8)\.cloudfront\.net$/;

/** One link for an image of Medium's, whatever its size and host; any other is left as it is. */
export function imageLink(source: string): string {
  if (!URL.canParse(source)) return source;
  const url = new URL(source);
  const id = url.pathname.split('/').at(-1) ?? '';
  return imageHost.test(url.hostname) && id !== '' ? imageLinkOf(id) : source;
}

export function imageLinkOf(id: string): string {
  return `https://miro.medium.com/v2/resize:fit:1400/${id}`;
}

/**
 * Where a link leads in the end: without Medium's own detour over `/r/?url=…`, and without what tells on which page it
 * was followed.
 */
export function linkTarget(href: string, base: string): string {
  if (!URL.canParse(href, base)) return href;
  let url = new URL(href, base);
  const detour =
    url.pathname === '/r/' && /(?:^|\.)medium\.com$/.test(url.hostname) ? url.searchParams.get('url') : null;
  if (detour !== null && URL.canParse(detour)) url = new URL(detour);
  if (/^(?:post_page|rss-|---|-----|user_profile|collection_)/.test(url.searchParams.get('source') ?? '')) {
    url.searchParams.delete('source');
  }
  return url.href;
}

/** The page that a frame shows, where its address tells. */
export function embedTarget(source: string, base: string): string | undefined {
  if (!URL.canParse(source, base)) return undefined;
  const url = new URL(source, base);
  if (!/^https?:$/.test(url.protocol)) return undefined;
  const shown = /(?:^|\.)embedly\.com$/.test(url.hostname) ? url.searchParams.get('url') : null;
  if (shown !== null && URL.canParse(shown)) return new URL(shown).href;
  const media = /^\/media\/([0-9a-f]{16,64})(?:\/href)?$/.exec(url.pathname);
  if (media !== null) return `https://medium.com/media/${media[1]}`;
  if (url.hostname === 'gist.github.com') return `${url.origin}${url.pathname.replace(/\.js$/, '')}`;
  return url.href;
}
