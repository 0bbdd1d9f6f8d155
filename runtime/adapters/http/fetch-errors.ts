import { AssertionError } from 'node:assert';
import { errors } from 'undici';
import { messageOf, RejectedInput, TransientError } from '../../domain/errors.ts';
import type { AgentTimeouts } from './guarded-agent.ts';
import { HostOverloaded } from './host-overloaded.ts';
import { rateLimitResetMs, retryAfterMs } from './retry-after.ts';

/**
 * @param header reads one of the response, by its lower-case name
 * @returns undefined when the status is a success, or one of 3xx
 */
export function errorOfStatus(
  status: number,
  header: (name: string) => string | undefined,
): RejectedInput | TransientError | undefined {
  if (status >= 200 && status < 400) {
    return undefined;
  }
  const delayMs =
    retryAfterMs(header('retry-after'), Date.now()) ??
    rateLimitResetMs(header('x-ratelimit-remaining'), header('x-ratelimit-reset'), Date.now());
  // GitHub refuses with a 403 whoever asks too often.
  if (status === 429 || (status === 403 && delayMs !== undefined)) {
    return new HostOverloaded(`the server asks to come back later (${status})`, { retryAfterMs: delayMs });
  }
  if (status === 503) {
    return new HostOverloaded('the server cannot answer for now (503)', { retryAfterMs: delayMs });
  }
  if (status === 408 || status === 425 || (status >= 500 && status < 600)) {
    return new TransientError(`the server cannot answer for now (${status})`, { retryAfterMs: delayMs });
  }
  return rejectionOf(status);
}

function rejectionOf(status: number): RejectedInput {
  if (status === 404) {
    return new RejectedInput('not_found', 'there is no such page (404)');
  }
  if (status === 410) {
    return new RejectedInput('gone', 'the page has been taken down for good (410)');
  }
  if (status === 999) {
    return new RejectedInput(
      'login_required',
      'the server answers with 999, as LinkedIn does to whoever is not logged in; ' +
        'ask LinkedIn for the export of your data and ingest that',
    );
  }
  if (status >= 400 && status < 500) {
    return new RejectedInput('http_error', `the server refuses to give it out (${status})`);
  }
  return new RejectedInput('bad_response', `the server answers with ${status}, which is no status for a page`);
}

interface Circumstances extends AgentTimeouts {
  readonly proxied: boolean;
}

/**
 * What a failed request means: an error of the domain, whose message starts with `subject`. Whatever is neither one
 * already nor comes from the network is a mistake in this program and returned as it is.
 */
export function fetchError(error: unknown, subject: string, circumstances: Circumstances): unknown {
  if (error instanceof RejectedInput) {
    return new RejectedInput(error.reason, `${subject}: ${error.message}`, { cause: error });
  }
  if (error instanceof TransientError) {
    const { retryAfterMs: delay } = error;
    return new TransientError(`${subject}: ${error.message}`, { cause: error, retryAfterMs: delay });
  }
  if (notHttp.some((mistake) => error instanceof mistake)) {
    return new RejectedInput('bad_response', `${subject}: what the server sends is not HTTP`, { cause: error });
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  if (code === undefined) {
    return error;
  }
  if (error instanceof errors.InvalidArgumentError) {
    // That is how undici puts a proxy's 407.
    return circumstances.proxied
      ? new TransientError(`${subject}: the proxy refuses it (${error.message})`, { cause: error })
      : error;
  }
  return new TransientError(`${subject}: ${connectionProblem(code, error, circumstances)}`, { cause: error });
}

/** undici meets a status below 100, or a 101 that nobody asked for, with an assertion. */
const notHttp = [errors.HTTPParserError, errors.HeadersOverflowError, AssertionError];

function connectionProblem(code: string, error: unknown, timeouts: AgentTimeouts): string {
  switch (code) {
    case 'UND_ERR_CONNECT_TIMEOUT':
      return `no connection within ${timeouts.connectMs / 1000} s`;
    case 'UND_ERR_HEADERS_TIMEOUT':
      return `no answer within ${timeouts.headersMs / 1000} s`;
    case 'UND_ERR_BODY_TIMEOUT':
      return `the server stopped in the middle, and sent nothing for ${timeouts.bodyMs / 1000} s`;
    case 'ECONNREFUSED':
      return 'the server refuses connections';
    default:
      return `the connection failed (${messageOf(error) || code})`;
  }
}
