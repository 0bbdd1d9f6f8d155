import { isUtf8 } from 'node:buffer';
import { RejectedInput } from '../../domain/errors.ts';

const maxRedirects = 10;

/**
 * A link as it is fetched: without its fragment.
 * @throws RejectedInput `bad_link` when it is no URL or carries a user name or password, `unsupported_scheme`
 */
export function parseLink(link: string): URL {
  const url = URL.parse(link);
  if (url === null) {
    throw new RejectedInput('bad_link', 'it is not a URL; give one such as https://example.com/page');
  }
  checkScheme(url);
  if (url.username !== '' || url.password !== '') {
    throw new RejectedInput('bad_link', 'a link must not carry a user name or password; only public pages are fetched');
  }
  url.hash = '';
  return url;
}

/**
 * Where a redirect leads.
 * @param hops the URLs so far, the redirecting one last
 * @throws RejectedInput `bad_redirect` when it leads nowhere or carries a user name or password, `unsupported_scheme`,
 *   `too_many_redirects` when it leads back or is the eleventh
 */
export function redirectTarget(location: string | undefined, hops: readonly URL[]): URL {
  if (location === undefined) {
    throw new RejectedInput('bad_redirect', 'it redirects without saying where to');
  }
  const target = URL.parse(asText(location), hops.at(-1)?.href);
  if (target === null) {
    throw new RejectedInput('bad_redirect', `it redirects to ${JSON.stringify(location)}, which is not a URL`);
  }
  checkScheme(target);
  if (target.username !== '' || target.password !== '') {
    throw new RejectedInput('bad_redirect', `it redirects to ${shown(target)} with a user name or password`);
  }
  target.hash = '';
  if (hops.some((hop) => hop.href === target.href)) {
    throw new RejectedInput('too_many_redirects', `it redirects in a circle, back to ${shown(target)}`);
  }
  if (hops.length > maxRedirects) {
    throw new RejectedInput('too_many_redirects', `it redirects more than ${maxRedirects} times`);
  }
  return target;
}

/** For messages: never with a password, never endless. */
export function shown(link: URL | string): string {
  const url = URL.parse(String(link));
  if (url !== null) {
    url.username = '';
    url.password = '';
  }
  const text = url?.href ?? JSON.stringify(String(link));
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}

function checkScheme(url: URL): void {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new RejectedInput('unsupported_scheme', `${shown(url)} is not fetched: only http: and https: links are`);
  }
}

/** A header comes as bytes, one character each; servers put raw UTF-8 into it. */
function asText(header: string): string {
  const bytes = Buffer.from(header, 'latin1');
  return bytes.toString('latin1') === header && isUtf8(bytes) ? bytes.toString('utf8') : header;
}
