import { RejectedInput } from '../../domain/errors.ts';
import { postUrnIn, postUrnOfSlug } from './post-urn.ts';

/** Where documents are known to be, whichever country's page they were found on. */
export const linkedinOrigin = 'https://www.linkedin.com';

export type LinkedinLink =
  | { readonly kind: 'article'; readonly slug: string }
  | { readonly kind: 'post'; readonly urn: string }
  | { readonly kind: 'member'; readonly name: string }
  /** LinkedIn's, and nothing that is taken in. */
  | { readonly kind: 'other'; readonly advice: string };

const accepted =
  'accepted are public articles (/pulse/…), single posts (/posts/… and /feed/update/urn:li:activity:…), ' +
  "one's own profile (/in/NAME) and the archive of one's own data, as a zip file or a folder";

/** `www.`, the older `m.` and `mobile.`, and one for each country; what else LinkedIn has under its name is no network. */
const networkHost = /^(?:(?:www|m|mobile|[a-z]{2})\.)?linkedin\.com$/;

/**
 * What a link leads to, by the look of it.
 * @param origin of a site that behaves like LinkedIn
 * @returns undefined for whatever is not LinkedIn's network
 */
export function readLink(link: URL, origin: string): LinkedinLink | undefined {
  if (link.hostname === 'lnkd.in') return { kind: 'other', advice: shortened(link) };
  if (link.origin !== origin && !isNetwork(link)) return undefined;
  const [area, first = '', second = ''] = link.pathname.split('/').filter(Boolean).map(decoded);
  switch (area) {
    case 'pulse': {
      const slug = first === 'article' && second !== '' ? second : first;
      return slug === '' || slug === 'topics' ? other(link) : { kind: 'article', slug };
    }
    case 'posts': {
      const urn = postUrnOfSlug(first);
      return urn === undefined ? other(link) : { kind: 'post', urn };
    }
    case 'feed': {
      const urn = first === 'update' ? postUrnIn(second) : undefined;
      return urn === undefined ? other(link) : { kind: 'post', urn };
    }
    case 'in':
      return first === '' ? other(link) : { kind: 'member', name: first };
    case 'company':
    case 'school':
    case 'showcase':
      return { kind: 'other', advice: `${link.href} is the page of an organisation, not of a person; ${accepted}` };
    case 'blog':
      return undefined;
    default:
      return other(link);
  }
}

/** @throws RejectedInput `unsupported_link` */
export function acceptedLink(url: string, origin: string): Exclude<LinkedinLink, { readonly kind: 'other' }> {
  const link = readLink(new URL(url), origin);
  if (link === undefined || link.kind === 'other') {
    throw new RejectedInput('unsupported_link', link?.advice ?? `${url} is no link of LinkedIn's; ${accepted}`);
  }
  return link;
}

/** The natural key of an article. */
export function articleKey(slug: string): string {
  return `pulse/${slug}`;
}

export function articleLink(slug: string, origin: string): string {
  return `${origin}/pulse/${encodeURIComponent(slug)}`;
}

export function memberLink(name: string, origin: string): string {
  return `${origin}/in/${encodeURIComponent(name)}`;
}

/** Names of profiles are the same in any case. */
export function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** Where what is at this address is known to be. */
export function canonicalOrigin(url: string): string {
  const link = new URL(url);
  return isNetwork(link) ? linkedinOrigin : link.origin;
}

function isNetwork({ protocol, hostname }: URL): boolean {
  return (protocol === 'https:' || protocol === 'http:') && networkHost.test(hostname);
}

function other(link: URL): LinkedinLink {
  return { kind: 'other', advice: `${link.href} is nothing that can be taken in; ${accepted}` };
}

function shortened(link: URL): string {
  return `${link.href} is a shortened link: open it in a browser, and give the link that it leads to`;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part).normalize('NFC');
  } catch {
    return part;
  }
}
