import { setTimeout as delay } from 'node:timers/promises';
import { RejectedInput } from '../../domain/errors.ts';
import type { Browser, BrowserCookie, BrowserPage } from '../../ports/browser.ts';
import { barrierAt } from './barrier.ts';
import { memberLink, readLink, sameName } from './link.ts';

export interface SessionOptions {
  readonly browser: Browser;
  readonly origin: string;
  readonly cookies: string | undefined;
  readonly login: { readonly username: string; readonly password: string } | undefined;
  readonly patienceMs: number;
}

/** A page of a member who is signed in. */
export interface MemberPage extends Pick<BrowserPage, 'url' | 'waitFor' | 'scrollToEnd' | 'click'> {
  /** @throws SessionEnded when the page has gone over to one that wants a person */
  html(): Promise<string>;
  /** @throws SessionEnded when LinkedIn shows something else instead, and does not go on with the session */
  open(url: string): Promise<void>;
  readonly patienceMs: number;
}

/** LinkedIn wants something that only a person can do. What the session had is not used again. */
export class SessionEnded extends RejectedInput {}

/** What came of a visit; an error that is told so, and not thrown inside of the visit, leaves no screenshot. */
type Outcome<Result> = { readonly result: Result } | { readonly error: unknown };

const loginForm = { username: '#username', password: '#password', submit: 'button[type=submit]' };
const pollMs = 100;

/**
 * Signs in as the member whose account was configured, and opens pages as they see them. What was configured is typed
 * or set in the browser and appears nowhere else: not in messages, and not on screenshots, as none is made of sign-in
 * pages.
 */
export class LinkedinSession {
  readonly #options: SessionOptions;
  #sessions = 1;
  /** Then the session has better cookies than those that were configured. */
  #usedForm = false;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /**
   * Opens a tab, signed in, for the member's own profile.
   * @param asked the name in the address of a profile, or `me`
   * @throws RejectedInput `linkedin_not_configured`, `not_own_profile`, `challenge_page`, `login_page`
   */
  async visit<Result>(
    asked: string,
    signal: AbortSignal,
    use: (page: MemberPage, name: string) => Promise<Result>,
  ): Promise<Result> {
    const { browser, origin, patienceMs } = this.#options;
    this.#checkConfigured();
    const visit = { signal, session: `linkedin-${this.#sessions}`, cookies: this.#usedForm ? [] : this.#cookies() };
    const outcome = await browser.visit(`${origin}/feed/`, visit, async (page): Promise<Outcome<Result>> => {
      let name: string;
      try {
        await this.#signIn(page, signal);
        name = await this.#ownName(page, asked, signal);
      } catch (error) {
        return { error };
      }
      try {
        return { result: await use(memberPage(page, patienceMs), name) };
      } catch (error) {
        if (error instanceof SessionEnded) return { error };
        throw error;
      }
    });
    if ('result' in outcome) return outcome.result;
    if (outcome.error instanceof SessionEnded) {
      this.#sessions += 1;
      this.#usedForm = false;
    }
    throw outcome.error;
  }

  #checkConfigured(): void {
    if (this.#cookies().some(({ name }) => name === 'li_at') || this.#options.login !== undefined) return;
    throw new RejectedInput(
      'linkedin_not_configured',
      "to crawl one's own profile set LINKEDIN_COOKIES to the cookies of a browser that is signed in (li_at is the one " +
        'that matters), or LINKEDIN_USERNAME and LINKEDIN_PASSWORD',
    );
  }

  async #signIn(page: BrowserPage, signal: AbortSignal): Promise<void> {
    const { origin, login } = this.#options;
    if (await isSignedIn(page)) return;
    if (login === undefined) {
      const message =
        'LinkedIn does not accept the cookies any more: sign in with your own browser, and put the new li_at into ' +
        'LINKEDIN_COOKIES. A session also ends early when it is used from another address or browser';
      throw new SessionEnded('login_page', message);
    }
    await page.goTo(`${origin}/login`);
    if (await isSignedIn(page)) return;
    await page.type(loginForm.username, login.username);
    await page.type(loginForm.password, login.password);
    await page.click(loginForm.submit);
    if (await this.#until(() => isSignedIn(page), signal)) {
      this.#usedForm = true;
      return;
    }
    const message =
      'LinkedIn did not let the account in: see whether LINKEDIN_USERNAME and LINKEDIN_PASSWORD are right by signing in with ' +
      'your own browser, or use LINKEDIN_COOKIES instead';
    throw new SessionEnded('login_page', message);
  }

  /** `/in/me/` leads every member to their own profile, some time after it has loaded. */
  async #ownName(page: BrowserPage, asked: string, signal: AbortSignal): Promise<string> {
    const { origin } = this.#options;
    await page.goTo(`${origin}/in/me/`);
    let own: string | undefined;
    await this.#until(async () => {
      own = await memberAt(page, origin);
      return own !== undefined && own !== 'me';
    }, signal);
    if (own !== undefined && own !== 'me' && (asked === 'me' || sameName(own, asked))) return own;
    const found =
      own === undefined || own === 'me' ? 'it could not be seen whose the account is' : `the account is that of ${own}`;
    throw new RejectedInput(
      'not_own_profile',
      `${memberLink(asked, origin)} is not the profile of the account that is signed in (${found}): nobody else's is crawled`,
    );
  }

  /** @returns whether it came true in time */
  async #until(isSo: () => Promise<boolean>, signal: AbortSignal): Promise<boolean> {
    const end = Date.now() + this.#options.patienceMs;
    while (!(await isSo())) {
      if (Date.now() > end) return false;
      await delay(pollMs, undefined, { signal });
    }
    return true;
  }

  #cookies(): readonly BrowserCookie[] {
    const { hostname, protocol } = new URL(this.#options.origin);
    const secure = protocol === 'https:';
    const domain = hostname.endsWith('.linkedin.com') ? '.linkedin.com' : hostname;
    return (this.#options.cookies ?? '').split(';').flatMap((pair) => {
      const at = pair.indexOf('=');
      return at < 1 ? [] : [{ name: pair.slice(0, at).trim(), value: pair.slice(at + 1).trim(), domain, secure }];
    });
  }
}

function memberPage(page: BrowserPage, patienceMs: number): MemberPage {
  return {
    url: () => page.url(),
    html: async () => {
      const html = await page.html();
      endedBy(await page.url());
      return html;
    },
    waitFor: (selector, timeoutMs) => page.waitFor(selector, timeoutMs),
    scrollToEnd: (limits) => page.scrollToEnd(limits),
    click: (selector) => page.click(selector),
    open: async (url) => {
      await page.goTo(url);
      endedBy(await page.url());
    },
    patienceMs,
  };
}

/** @throws SessionEnded */
async function isSignedIn(page: BrowserPage): Promise<boolean> {
  const url = await page.url();
  const barrier = barrierAt(url);
  if (barrier?.reason === 'challenge_page') throw new SessionEnded(barrier.reason, barrier.message);
  if (barrier !== undefined || !/^\/feed(?:\/|$)/.test(new URL(url).pathname)) return false;
  return !/<input[^>]{0,500}type="?password/i.test(await page.html());
}

/** @throws SessionEnded */
function endedBy(url: string): void {
  const barrier = barrierAt(url);
  if (barrier === undefined) return;
  const advice =
    'LinkedIn has ended the session: sign in with your own browser, and put the new li_at into LINKEDIN_COOKIES';
  throw new SessionEnded(barrier.reason, barrier.reason === 'challenge_page' ? barrier.message : advice);
}

async function memberAt(page: BrowserPage, origin: string): Promise<string | undefined> {
  const url = await page.url();
  endedBy(url);
  const link = readLink(new URL(url), origin);
  return link?.kind === 'member' ? link.name : undefined;
}
