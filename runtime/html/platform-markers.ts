import { type Element, findElements, rawText } from './dom.ts';
import { parseHtml } from './parse.ts';

/** Keepers of copies: what they show has the marks of where it came from, and is not there. */
const archives = /(?:^|\.)(?:archive\.(?:org|today|ph|is|li|md|vn|fo)|googleusercontent\.com|translate\.goog)$/i;

/**
 * Which platform serves a page, whatever domain it is under, told by what the platform itself puts on all its pages.
 * Embedded posts, sign-up forms, images and links prove nothing.
 */
export function platformOf(html: string, url: string): 'medium' | 'substack' | undefined {
  if (archives.test(new URL(url).hostname)) return undefined;
  // Most pages mention neither, and need not be parsed for it.
  const medium = /com\.medium\.reader|medium:\/|parsely-post-id/i.test(html);
  const substack = /substack/i.test(html);
  if (!medium && !substack) return undefined;
  const elements = findElements(parseHtml(html), ({ name }) => name === 'meta' || name === 'script' || name === 'link');
  if (medium && isMedium(elements)) return 'medium';
  return substack && elements.some(isSubstack) ? 'substack' : undefined;
}

function isMedium(elements: readonly Element[]): boolean {
  const metas = new Map<string, string>();
  for (const { name, attributes } of elements) {
    if (name !== 'meta') continue;
    const key = attributes.get('property') ?? attributes.get('name');
    if (key !== undefined) metas.set(key.toLowerCase(), attributes.get('content')?.trim() ?? '');
  }
  if (metas.get('al:android:package') === 'com.medium.reader') return true;
  // Written with one slash or with two, whatever the other of the pair says.
  if (['al:android:url', 'al:ios:url'].some((key) => /^medium:\//i.test(metas.get(key) ?? ''))) return true;
  // Other sites use Parse.ly, too; a post id of twelve hexadecimal digits and Medium's name are Medium's.
  const named = [metas.get('og:site_name'), metas.get('al:ios:app_name'), metas.get('twitter:app:name:iphone')];
  return /^[0-9a-f]{8,12}$/.test(metas.get('parsely-post-id') ?? '') && named.includes('Medium');
}

function isSubstack({ name, attributes, children }: Element): boolean {
  const address = attributes.get(name === 'link' ? 'href' : 'src');
  // Its own pages are built by this bundle; what others embed comes from elsewhere.
  if (address !== undefined) return /^(?:https?:)?\/\/substackcdn\.com\/bundle\//i.test(address.trim());
  if (name !== 'script' || children.length === 0 || attributes.get('type')?.includes('json')) return false;
  const script = children.map(rawText).join('');
  return /\bwindow\._preloads\s*=/.test(script) && /substack/i.test(script);
}
