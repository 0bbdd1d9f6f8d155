export interface BrowserVisit {
  readonly signal: AbortSignal;
  /**
   * Visits with the same name share cookies and whatever else a site keeps, in a profile of their own, for as long as the
   * pool lives; visits without a name share nothing.
   */
  readonly session?: string | undefined;
  /** Set before the page is asked for; they last as long as the session does. */
  readonly cookies?: readonly BrowserCookie[] | undefined;
}

/** How far down to scroll. It also ends when a page stays as long as it was. */
export interface ScrollLimits {
  /** Default: 200. */
  readonly maxSteps?: number | undefined;
  /** How long a page may take to add something after a step. Default: 3,000 ms. */
  readonly patienceMs?: number | undefined;
  /** Asked after each step with the HTML so far: whether there is enough. */
  readonly enough?: ((html: string) => boolean) | undefined;
}

/** A page that is open in a browser. Its methods throw TransientError when the browser or the page does not answer. */
export interface BrowserPage {
  /** Where redirects and scripts have led to. */
  url(): Promise<string>;
  /** The document as it is now, serialised. */
  html(): Promise<string>;
  /** @returns whether an element matched the CSS selector within the time */
  waitFor(selector: string, timeoutMs: number): Promise<boolean>;
  /** Goes to another link in the same tab, as politely as the first time. */
  goTo(url: string): Promise<void>;
  /** @returns how many steps it took */
  scrollToEnd(limits?: ScrollLimits): Promise<number>;
  /** Types into the first element that matches. @throws RejectedInput `selector_not_found` */
  type(selector: string, text: string): Promise<void>;
  /**
   * Clicks the first element that matches, and waits for the page it leads to at once; for what a script does later,
   * wait with `waitFor`.
   * @throws RejectedInput `selector_not_found`
   */
  click(selector: string): Promise<void>;
}

export interface BrowserCookie {
  readonly name: string;
  readonly value: string;
  /** With subdomains: `.linkedin.com`. */
  readonly domain: string;
  /** Sent by https: only. */
  readonly secure: boolean;
}

/**
 * Opens pages in real browsers, for what no plain request gives. What is opened or clicked waits for its host as a request
 * of a Fetcher does, robots.txt included; redirects and what a page loads by itself do not. The address guard holds for
 * all of it. Cookies come from the visit and its session only: those that are configured for plain requests are not sent.
 */
export interface Browser extends AsyncDisposable {
  /**
   * Opens `url`, waits until it is loaded and gives it to `use`; afterwards, whatever happened, the tab is gone. When `use`
   * throws, a screenshot is kept and the error names its file.
   * @throws RejectedInput as a Fetcher does; `browser_missing` where no Chrome or Chromium is installed
   * @throws TransientError time-outs and crashes of the browser
   */
  visit<Result>(url: string, visit: BrowserVisit, use: (page: BrowserPage) => Promise<Result>): Promise<Result>;
}
