/**
 * Keeps requests within what their hosts allow. Each request of a Fetcher goes through it, and of a browser each page that
 * it is told to open and each click; what such a page loads by itself, or redirects to, does not.
 */
export interface Politeness {
  /**
   * Runs `task` when it is the host's turn: at most so many at once and so fast as configured, and as its robots.txt asks
   * for. A TransientError with `retryAfterMs` out of `task` makes everyone wait for so long before the host is asked again.
   * @throws RejectedInput `robots_disallowed`
   * @throws TransientError with `retryAfterMs` when the host wants to be left alone for longer than is worth waiting
   * @throws the reason of `signal`
   */
  schedule<Result>(url: URL, signal: AbortSignal, task: () => Promise<Result>): Promise<Result>;
}
