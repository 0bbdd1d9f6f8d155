import { RejectedInput, TransientError } from '../../domain/errors.ts';
import type { DocumentResponse } from './page-target.ts';

const later = new Set([408, 425, 429]);

/** What an answer of a site means, as for a Fetcher; undefined when it is a page. */
export function errorOfResponse({
  url,
  status,
  headers,
}: DocumentResponse): RejectedInput | TransientError | undefined {
  if (headers.get('cf-mitigated') === 'challenge') {
    return new RejectedInput('challenge_page', `${url} answers with a check for robots instead of the page`);
  }
  if (status < 400) return undefined;
  const message = `${url} answers with ${status}`;
  if (later.has(status) || (status >= 500 && status < 600)) {
    return new TransientError(message, { retryAfterMs: retryAfterMs(headers.get('retry-after')) });
  }
  return new RejectedInput(status === 404 ? 'not_found' : status === 410 ? 'gone' : 'http_error', message);
}

/** Chrome's own names for what went wrong on the way to a page (net/base/net_error_list.h). */
export function errorOfNavigation(url: string, name: string, cause?: unknown): RejectedInput | TransientError {
  switch (name) {
    case 'ERR_TOO_MANY_REDIRECTS':
      return new RejectedInput('too_many_redirects', `${url} redirects in a circle or too often`, { cause });
    case 'ERR_UNSAFE_REDIRECT':
    case 'ERR_UNKNOWN_URL_SCHEME':
    case 'ERR_INVALID_REDIRECT':
      return new RejectedInput('bad_redirect', `${url} redirects to where a page must not lead`, { cause });
    case 'ERR_UNSAFE_PORT':
      return new RejectedInput('bad_link', `${url} has a port that browsers do not go to`, { cause });
    case 'ERR_ABORTED':
      return new RejectedInput('bad_response', `${url} is no page: it has nothing to show, or is a download`, {
        cause,
      });
    default:
      return new TransientError(`${url} cannot be loaded (${name || 'the browser does not say why'})`, { cause });
  }
}

/** Seconds or a date (RFC 9110, 10.2.3). */
function retryAfterMs(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const time = /^\d{1,9}$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(time) ? undefined : Math.max(0, time);
}
