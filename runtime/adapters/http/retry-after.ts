/** Whoever asks for more is asked again after a day: longer delays fit neither a timer nor a queue. */
const maxDelayMs = 24 * 60 * 60 * 1000;

/**
 * Reads a `Retry-After` header: seconds, or any of the three date forms of RFC 9110, section 5.6.7.
 * @returns milliseconds from `now`, between 0 and a day; undefined when it is neither
 */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  const value = header?.trim() ?? '';
  const delay = /^\d+$/.test(value) ? Number(value) * 1000 : dateOf(value) - now;
  return Number.isNaN(delay) ? undefined : Math.min(Math.max(delay, 0), maxDelayMs);
}

/**
 * Reads the headers by which a server says that no request is left for now, and when there will be: `x-ratelimit-remaining`
 * and `x-ratelimit-reset`, in seconds since 1970 as GitHub has it, or from now on as others do.
 * @returns milliseconds from `now`, between 0 and a day; undefined when some are left or nothing is said
 */
export function rateLimitResetMs(
  remaining: string | undefined,
  reset: string | undefined,
  now: number,
): number | undefined {
  if (remaining?.trim() !== '0' || !/^\s*\d+\s*$/.test(reset ?? '')) {
    return undefined;
  }
  const seconds = Number(reset);
  const delay = seconds < leastTimestamp ? seconds * 1000 : seconds * 1000 - now;
  return Math.min(Math.max(delay, 0), maxDelayMs);
}

/** In seconds: 2001. */
const leastTimestamp = 1_000_000_000;

/** NaN when it is no HTTP date. */
function dateOf(value: string): number {
  if (!/^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /i.test(value)) {
    return Number.NaN;
  }
  // The asctime form names no zone, and HTTP means GMT.
  return Date.parse(/\b(?:GMT|UTC)$/i.test(value) ? value : `${value} GMT`);
}
