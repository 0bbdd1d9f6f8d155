import { setTimeout as delay } from 'node:timers/promises';
import { By, type WebDriver, type WebElement, error as webDriverErrors } from 'selenium-webdriver';
import * as z from 'zod';
import { messageOf, RejectedInput, TransientError } from '../../domain/errors.ts';
import type { BrowserPage, ScrollLimits } from '../../ports/browser.ts';
import type { Politeness } from '../../ports/politeness.ts';
import type { PageTimeouts } from './chrome-browser.ts';
import type { GuardProxy } from './guard-proxy.ts';
import { errorOfNavigation, errorOfResponse } from './page-errors.ts';
import { measure, readDocument, readiness, scrollDown, showsPassword, textLength, whereAmI } from './page-scripts.ts';
import type { PageTarget } from './page-target.ts';
import { within } from './within.ts';

export interface ChromePageOptions {
  readonly driver: WebDriver;
  readonly target: PageTarget;
  readonly guard: Pick<GuardProxy, 'failureOf'>;
  readonly politeness: Politeness;
  readonly timeouts: PageTimeouts;
  readonly signal: AbortSignal;
}

const maxCharacters = 20_000_000;
const defaultScrollSteps = 200;
const defaultPatienceMs = 3_000;
const pollMs = 100;
/** Beyond the driver's own time-outs: who has not answered by then never will. */
const graceMs = 3_000;

const documentRead = z.union([z.string(), z.number()]);
const placeRead = z.tuple([z.string(), z.string()]);
const size = z.tuple([z.number(), z.number()]);
/** Answers of a browser that goes on working. */
const harmless = [
  webDriverErrors.NoSuchElementError,
  webDriverErrors.InvalidSelectorError,
  webDriverErrors.ElementNotInteractableError,
  webDriverErrors.ElementClickInterceptedError,
  webDriverErrors.StaleElementReferenceError,
  webDriverErrors.JavascriptError,
];

/** @throws RejectedInput `bad_link`, `unsupported_scheme` */
export function pageLink(link: string): URL {
  const url = URL.parse(link);
  if (url === null) throw new RejectedInput('bad_link', 'it is not a URL; give one such as https://example.com/page');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new RejectedInput(
      'unsupported_scheme',
      `a browser is sent to http: and https: links only, not to ${url.protocol}`,
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw new RejectedInput('bad_link', 'a link must not carry a user name or password');
  }
  return url;
}

export class ChromePage implements BrowserPage {
  /** The browser did not answer as one that can be used again. */
  isBroken = false;
  #hasTyped = false;
  readonly #driver: WebDriver;
  readonly #target: PageTarget;
  readonly #guard: Pick<GuardProxy, 'failureOf'>;
  readonly #politeness: Politeness;
  readonly #timeouts: PageTimeouts;
  readonly #signal: AbortSignal;

  constructor(options: ChromePageOptions) {
    this.#driver = options.driver;
    this.#target = options.target;
    this.#guard = options.guard;
    this.#politeness = options.politeness;
    this.#timeouts = options.timeouts;
    this.#signal = options.signal;
  }

  url(): Promise<string> {
    return this.#ask(this.#driver.getCurrentUrl());
  }

  async html(): Promise<string> {
    const read = documentRead.safeParse(await this.#run(readDocument, maxCharacters)).data;
    if (typeof read === 'string') return read;
    throw new RejectedInput(
      'too_large',
      `${await this.url()} has grown to ${read ?? 'no'} characters; ${maxCharacters} are read`,
    );
  }

  async waitFor(selector: string, timeoutMs: number): Promise<boolean> {
    for (const deadline = Date.now() + timeoutMs; ; await delay(pollMs, undefined, { signal: this.#signal })) {
      if ((await this.#find(selector)) !== undefined) return true;
      if (Date.now() >= deadline) return false;
    }
  }

  async goTo(link: string): Promise<void> {
    const url = pageLink(link);
    await this.#politeness.schedule(url, this.#signal, () => this.#load(url));
  }

  async scrollToEnd(limits: ScrollLimits = {}): Promise<number> {
    const { maxSteps = defaultScrollSteps, patienceMs = defaultPatienceMs, enough } = limits;
    for (let steps = 1; steps <= maxSteps; steps += 1) {
      const before = size.parse(await this.#run(measure));
      await this.#run(scrollDown);
      const grew = await this.#grows(before, patienceMs);
      if (!grew || enough?.(await this.html()) === true) return steps;
    }
    return maxSteps;
  }

  async type(selector: string, text: string): Promise<void> {
    this.#hasTyped = true;
    const element = await this.#need(selector);
    await this.#ask(element.clear().then(() => element.sendKeys(text)));
  }

  async click(selector: string): Promise<void> {
    const element = await this.#need(selector);
    const url = pageLink(await this.url());
    await this.#politeness.schedule(url, this.#signal, async () => {
      this.#target.response = undefined;
      await this.#ask(element.click(), this.#timeouts.loadMs);
      await this.#settle();
      this.#checkResponse();
    });
  }

  /** As PNG in base64; undefined when it might show a secret, or the browser cannot. */
  async picture(): Promise<string | undefined> {
    if (this.isBroken || this.#hasTyped || this.#signal.aborted) return undefined;
    try {
      return (await this.#run(showsPassword)) === false ? await this.#ask(this.#driver.takeScreenshot()) : undefined;
    } catch {
      return undefined;
    }
  }

  async #load(url: URL): Promise<void> {
    this.#target.response = undefined;
    try {
      await this.#within(this.#driver.get(url.href), this.#timeouts.loadMs);
    } catch (error) {
      if (error instanceof webDriverErrors.TimeoutError) await this.#takeAsItIs(url, error);
      else throw await this.#loadError(url, error);
    }
    await this.#checkPlace(url);
    this.#checkResponse();
  }

  /** The driver does not always tell when a page could not be shown. */
  async #checkPlace(url: URL): Promise<void> {
    const [place, errorName] = placeRead.parse(await this.#run(whereAmI));
    if (place.startsWith('chrome-error:')) throw await this.#navigationError(url, errorName);
    if (place === 'about:blank') {
      throw new RejectedInput('bad_response', `${url.href} is no page, but a download or nothing`);
    }
    pageLink(place);
  }

  /** A page that never ends may have all that matters. */
  async #takeAsItIs(url: URL, cause: Error): Promise<void> {
    const length = await this.#within(this.#driver.executeScript(textLength), 0).catch(() => {
      this.isBroken = true;
      return 0;
    });
    this.#signal.throwIfAborted();
    if (typeof length === 'number' && length > 0) return;
    const failure = this.#guard.failureOf(url);
    throw failure ?? new TransientError(`${url.href} did not load within ${this.#timeouts.loadMs} ms`, { cause });
  }

  async #loadError(url: URL, error: unknown): Promise<unknown> {
    const name =
      error instanceof webDriverErrors.WebDriverError ? /net::(ERR_\w+)/.exec(error.message)?.[1] : undefined;
    return name === undefined ? this.#broken(error) : await this.#navigationError(url, name, error);
  }

  async #navigationError(url: URL, name: string, cause?: unknown): Promise<Error> {
    // The link of a page that could not be loaded is the last one of its redirects.
    const last = URL.parse(await this.url()) ?? url;
    return this.#guard.failureOf(last) ?? errorOfNavigation(url.href, name, cause);
  }

  #checkResponse(): void {
    const error = this.#target.response === undefined ? undefined : errorOfResponse(this.#target.response);
    if (error !== undefined) throw error;
  }

  async #settle(): Promise<void> {
    for (const deadline = Date.now() + this.#timeouts.loadMs; Date.now() < deadline; ) {
      await delay(pollMs, undefined, { signal: this.#signal });
      if ((await this.#run(readiness)) !== 'loading') return;
    }
  }

  async #grows(before: z.infer<typeof size>, patienceMs: number): Promise<boolean> {
    for (const deadline = Date.now() + patienceMs; Date.now() < deadline; ) {
      await delay(pollMs, undefined, { signal: this.#signal });
      const now = size.parse(await this.#run(measure));
      if (now[0] > before[0] || now[1] > before[1]) return true;
    }
    return false;
  }

  async #need(selector: string): Promise<WebElement> {
    const element = await this.#find(selector);
    if (element === undefined) throw notFound(selector);
    return element;
  }

  async #find(selector: string): Promise<WebElement | undefined> {
    return (await this.#ask(this.#driver.findElements(By.css(selector))))[0];
  }

  async #run(script: string, ...values: readonly unknown[]): Promise<unknown> {
    return await this.#ask(this.#driver.executeScript(script, ...values));
  }

  /** One command to the browser, with its errors translated. */
  async #ask<Value>(answer: Promise<Value>, timeoutMs = this.#timeouts.scriptMs): Promise<Value> {
    try {
      return await this.#within(answer, timeoutMs);
    } catch (error) {
      this.#signal.throwIfAborted();
      if (harmless.some((known) => error instanceof known)) throw rejection(error);
      throw this.#broken(error);
    }
  }

  #within<Value>(answer: Promise<Value>, timeoutMs: number): Promise<Value> {
    const late = () => new TransientError('the browser does not answer');
    return within(answer, { signal: this.#signal, timeoutMs: timeoutMs + graceMs, late });
  }

  #broken(error: unknown): unknown {
    this.#signal.throwIfAborted();
    this.isBroken = true;
    if (error instanceof TransientError || error instanceof RejectedInput) return error;
    return new TransientError(`the browser or the page has crashed (${messageOf(error)})`, { cause: error });
  }
}

function notFound(selector: string, cause?: unknown): RejectedInput {
  return new RejectedInput('selector_not_found', `the page has nothing to use at ${selector}`, { cause });
}

function rejection(error: unknown): RejectedInput {
  return new RejectedInput('selector_not_found', `the page does not take a command (${messageOf(error)})`, {
    cause: error,
  });
}
