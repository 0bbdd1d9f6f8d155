export interface FetchRequest {
  readonly signal: AbortSignal;
  /** From the last time: with them an unchanged page costs a 304 without a body. */
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
  /** Sent as it is. Default: HTML before everything else. */
  readonly accept?: string | undefined;
  /**
   * With it the request is a POST. After a redirect by 301, 302 or 303 it is a GET without it; by 307 or 308 it is sent
   * again, but never to another host.
   */
  readonly body?: { readonly mediaType: string; readonly text: string } | undefined;
  /** Of the decoded body, in bytes. Default: what the fetcher takes. */
  readonly maxBytes?: number | undefined;
}

export type FetchResult =
  | { readonly status: 'not_modified'; readonly url: string }
  | {
      readonly status: 'ok';
      /** Where the redirects ended. */
      readonly url: string;
      /** Lower-case, without parameters; `application/octet-stream` when none was sent. */
      readonly mediaType: string;
      /** Exactly as the origin made it, after transfer and content encodings. */
      readonly body: Uint8Array;
      /** `body` decoded by BOM, header, `<meta>` or, failing these, by its bytes. */
      readonly text: string;
      readonly etag?: string | undefined;
      readonly lastModified?: string | undefined;
    };

/**
 * Fetches pages, politely: each host in its own time, robots.txt heeded. Every address is checked after DNS and at each
 * redirect; the credentials that a person configured for a site go to that site only.
 * @throws RejectedInput `bad_link` (no URL, or with a user name or password), `unsupported_scheme`, `forbidden_address`,
 *   `not_found` (404), `gone` (410), `http_error` (other 4xx), `too_large`, `too_many_redirects` (loops too),
 *   `bad_redirect`, `bad_response`, `unknown_host`, `robots_disallowed`, `challenge_page` (a check for robots instead
 *   of an answer), `login_required` (999, which is LinkedIn's own)
 * @throws TransientError time-outs, connection errors, 408, 425, 429 and 5xx, and 403 where it means "not so often"; with
 *   `retryAfterMs` when the server said so, or when the host is to be left alone for longer than is worth waiting
 * @throws the reason of `signal` when it was aborted
 */
export interface Fetcher extends AsyncDisposable {
  fetch(url: string, request: FetchRequest): Promise<FetchResult>;
}
