/** What a link of Substack's stands for. */
export type Target =
  | { readonly kind: 'publication'; readonly origin: string }
  /** The notes of whoever owns a publication. */
  | { readonly kind: 'publication_notes'; readonly origin: string }
  /** A person: what they publish and their notes. */
  | { readonly kind: 'profile'; readonly handle: string }
  | { readonly kind: 'profile_notes'; readonly handle: string }
  /** `page` is for readers; `answer` is where the API tells of the same post. */
  | { readonly kind: 'post'; readonly page: string; readonly answer: string }
  | { readonly kind: 'note'; readonly answer: string }
  | { readonly kind: 'unsupported' };

export const acceptedLinks =
  'accepted are publications (https://NAME.substack.com or their own domain), posts (…/p/SLUG), notes (…/notes), ' +
  'profiles (https://substack.com/@HANDLE) and exports (a zip file or its folder)';

const unsupported: Target = { kind: 'unsupported' };

/** Subdomains that are the platform's own. */
const ownSubdomains: ReadonlySet<string> = new Set(
  'www open api support on read blog reader cdn images email go help shop'.split(' '),
);

/** Pages of a publication that list posts or tell about it. */
const publicationPaths = /^\/(?:archive|about|feed|sitemap(?:\.xml|\/.*)?|s\/[^/]+(?:\/archive)?)?$/;

/** Whether a link is Substack's by its host. Publications on domains of their own cannot be told so. */
export function isSubstackLink(link: URL, platformOrigin: string): boolean {
  if (link.protocol !== 'https:' && link.protocol !== 'http:') return false;
  return link.origin === platformOrigin || link.hostname === 'substack.com' || link.hostname.endsWith('.substack.com');
}

/**
 * Reads a link that is known to lead to Substack, or to a publication on a domain of its own.
 * @param platformOrigin where profiles, notes and posts by id are
 */
export function targetOf(link: URL, platformOrigin: string): Target {
  const { hostname, origin } = link;
  const path = link.pathname.replace(/\/+$/, '');
  if (origin === platformOrigin || hostname === 'substack.com' || hostname === 'www.substack.com') {
    return platformTarget(path, platformOrigin);
  }
  if (hostname === 'open.substack.com') return openTarget(path, platformOrigin);
  const subdomain = /^([^.]+)\.substack\.com$/.exec(hostname)?.[1];
  if (subdomain !== undefined ? ownSubdomains.has(subdomain) : hostname.endsWith('.substack.com')) return unsupported;
  return publicationTarget(path, origin, platformOrigin);
}

function platformTarget(path: string, platform: string): Target {
  const [, handle, rest = ''] = /^\/@([\w.-]{1,64})(\/.*)?$/.exec(path) ?? [];
  const inside = handle === undefined ? path : rest;
  const note = /^(?:\/note|\/notes)?\/c-(\d{1,15})$/.exec(inside)?.[1];
  if (note !== undefined) return { kind: 'note', answer: `${platform}/api/v1/reader/comment/${note}` };
  const post = /^(?:\/home\/post|\/inbox\/post)?\/(?:p-)?(\d{1,15})$/.exec(inside)?.[1];
  if (post !== undefined) return postById(post, platform);
  if (handle === undefined) return unsupported;
  if (rest === '' || rest === '/posts') return { kind: 'profile', handle };
  return rest === '/notes' ? { kind: 'profile_notes', handle } : unsupported;
}

/** The links that apps share. */
function openTarget(path: string, platform: string): Target {
  const [, name, rest = ''] = /^\/pub\/([a-z\d-]{1,63})(\/.*)?$/i.exec(path) ?? [];
  return name === undefined
    ? unsupported
    : publicationTarget(rest, `https://${name.toLowerCase()}.substack.com`, platform);
}

function publicationTarget(path: string, origin: string, platform: string): Target {
  if (publicationPaths.test(path) || path === '') return { kind: 'publication', origin };
  if (path === '/notes') return { kind: 'publication_notes', origin };
  const slug = /^\/p\/([^/]+)(?:\/comments?)?$/.exec(path)?.[1];
  if (slug !== undefined) {
    return { kind: 'post', page: `${origin}/p/${slug}`, answer: `${origin}/api/v1/posts/${slug}` };
  }
  // A post of another publication that this one has passed on, or a place in a post.
  const id = /^\/(?:cp|i)\/(\d{1,15})(?:\/[^/]*)?$/.exec(path)?.[1];
  return id === undefined ? unsupported : postById(id, platform);
}

function postById(id: string, platform: string): Target {
  return { kind: 'post', page: `${platform}/home/post/p-${id}`, answer: `${platform}/api/v1/posts/by-id/${id}` };
}

/** Of a post's page on its publication: the only links of a sitemap or a feed that are posts. */
export function isPostLink(link: string): boolean {
  return /^\/p\/[^/]+$/.test(new URL(link).pathname);
}
