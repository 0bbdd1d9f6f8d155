import { maxLinkCharacters } from '../../crawling/link-length.ts';

/** What of a link is looked at: tests and other installations have another host than `medium.com`. */
export interface MediumLinkOptions {
  /** With its port, if it has one. */
  readonly host: string;
}

/** A profile, a publication or a whole domain, and where its listings are. */
export interface MediumCatalogue {
  readonly kind: 'catalogue';
  /** Without a slash at the end. */
  readonly profile: string;
  readonly feed: string;
  /** Only where the link names a person. */
  readonly username?: string | undefined;
  /** The catalogue is all that its host has. */
  readonly ownsHost: boolean;
}

export type MediumLink =
  | MediumCatalogue
  | { readonly kind: 'article'; readonly id: string }
  | { readonly kind: 'other' };

/** First path segments of medium.com that are neither a publication nor a person. */
const reserved: ReadonlySet<string> = new Set(
  (
    '_ about archive business creators explore-topics gift jobs-at-medium list m me media membership new-story ' +
    'partner-program plans p r recommended-writers s search series sitemap t tag tags topic topics trending u upgrade'
  ).split(' '),
);
/** Hosts under medium.com that hold no writing of a person. */
const technicalHosts = /^(?:api|cdn-[\w-]+|glyph|help|miro|rsci|status)\./;

/**
 * Reads a link by its form alone.
 * @returns undefined for a link of another site
 */
export function mediumLink(url: URL, { host }: MediumLinkOptions): MediumLink | undefined {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return undefined;
  if (url.host === host || url.host === `www.${host}`) return linkOfMediumItself(url);
  if (!url.host.endsWith(`.${host}`) || technicalHosts.test(url.host)) return undefined;
  const name = url.host.slice(0, -host.length - 1);
  return linkOfOwnHost(url, name);
}

/** A link on a domain that is known to be Medium's by what it serves. */
export function customDomainLink(url: URL): MediumLink {
  return linkOfOwnHost(url, undefined);
}

function linkOfMediumItself(url: URL): MediumLink {
  const [first = '', second, ...others] = segmentsOf(url);
  const id = postIdOfPath(url.pathname);
  if (first === 'feed' && second !== undefined) return catalogueOf(url.origin, second);
  if (id !== undefined && (first === 'p' || (second !== undefined && !reserved.has(first) && second !== 'list'))) {
    return { kind: 'article', id };
  }
  if (id !== undefined && /-[0-9a-f]{10,12}$/.test(first)) return { kind: 'article', id };
  if (first === '' || reserved.has(first.toLowerCase()) || second === 'list' || others.length > 1)
    return { kind: 'other' };
  return catalogueOf(url.origin, first);
}

function catalogueOf(origin: string, name: string): MediumCatalogue {
  const username = /^@(.+)$/.exec(name)?.[1];
  return { kind: 'catalogue', profile: `${origin}/${name}`, feed: `${origin}/feed/${name}`, username, ownsHost: false };
}

function linkOfOwnHost(url: URL, username: string | undefined): MediumLink {
  const [first = ''] = segmentsOf(url);
  if (/^@./.test(first) && postIdOfPath(url.pathname) === undefined) return catalogueOf(url.origin, first);
  const id = postIdOfPath(url.pathname);
  if (id !== undefined && first !== 'list') return { kind: 'article', id };
  if (reserved.has(first) && first !== 'about' && first !== 'archive') return { kind: 'other' };
  return { kind: 'catalogue', profile: url.origin, feed: `${url.origin}/feed`, username, ownsHost: true };
}

/** The id at the end of `/…/some-title-c7cd15f4e06d`, of `/p/c7cd15f4e06d` and of `/@ada/c7cd15f4e06d`. */
export function postIdOfPath(pathname: string): string | undefined {
  const segments = pathname.split('/').filter((segment) => segment !== '');
  const last = segments.at(-1) ?? '';
  if (segments.at(-2) === 'p') return /^[0-9a-f]{6,12}$/.exec(last)?.[0];
  return /^(?:.*-)?([0-9a-f]{10,12})$/.exec(last)?.[1];
}

/**
 * The link of an article as it is asked for and remembered: without what tells where a reader came from, with the key
 * (`sk`) by which a friend may read it.
 * @returns undefined when `href` names no article
 */
export function articleLink(href: string, base: string): string | undefined {
  if (href.length > maxLinkCharacters || !URL.canParse(href, base)) return undefined;
  const url = new URL(href, base);
  const second = segmentsOf(url)[1];
  if (!/^https?:$/.test(url.protocol) || postIdOfPath(url.pathname) === undefined || second === 'list')
    return undefined;
  const friendKey = url.searchParams.get('sk');
  url.search = friendKey === null ? '' : `sk=${encodeURIComponent(friendKey)}`;
  url.hash = '';
  url.username = '';
  url.password = '';
  return url.href;
}

/** Feeds that may hold the article of a link, the likeliest first. */
export function feedsFor(link: URL, root: URL, options: MediumLinkOptions): readonly string[] {
  const [first = '', second] = segmentsOf(link);
  const onMedium = link.host === options.host || link.host === `www.${options.host}`;
  const own = !onMedium
    ? `${link.origin}/feed`
    : second !== undefined && !reserved.has(first)
      ? `${link.origin}/feed/${first}`
      : undefined;
  const catalogue = mediumLink(root, options) ?? customDomainLink(root);
  return [...new Set([own, catalogue.kind === 'catalogue' ? catalogue.feed : undefined])].filter(
    (feed) => feed !== undefined,
  );
}

function segmentsOf(url: URL): readonly string[] {
  return url.pathname.split('/').filter((segment) => segment !== '');
}
