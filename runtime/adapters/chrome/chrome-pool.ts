import { RejectedInput, TransientError } from '../../domain/errors.ts';
import type { Browser, BrowserPage, BrowserVisit } from '../../ports/browser.ts';
import type { HostResolver } from '../../ports/host-resolver.ts';
import type { Politeness } from '../../ports/politeness.ts';
import { ChromeBrowser, type PageTimeouts } from './chrome-browser.ts';
import { chromeOptions } from './chrome-options.ts';
import { ChromePage, pageLink } from './chrome-page.ts';
import { GuardProxy } from './guard-proxy.ts';
import { findInstallation, type Installation, type InstallationOptions } from './installation.ts';
import { ProfileFolder } from './profile-folder.ts';
import { Screenshots } from './screenshots.ts';
import { Turns } from './turns.ts';
import type { UpstreamProxyOptions } from './upstream-proxy.ts';

export interface ChromePoolOptions {
  readonly installation: InstallationOptions;
  /** At once, at most. They are started when first needed, and stay. */
  readonly browsers: number;
  /** After so many pages, or above so much memory, a browser is replaced by a fresh one. */
  readonly pagesEach: number;
  readonly megabytesEach: number;
  readonly timeouts: PageTimeouts;
  readonly userAgent: string;
  readonly resolver: HostResolver;
  readonly politeness: Politeness;
  readonly proxy?: UpstreamProxyOptions | undefined;
  /** For profiles, which are gone when the pool is closed. What another process left there is not looked at. */
  readonly temporaryFolder: string;
  /** For pictures of failures. */
  readonly screenshotFolder: string;
}

/** What pages of one name share. It outlives its browsers. */
interface Session {
  readonly profile: ProfileFolder;
  readonly turns: Turns;
  cookies: readonly Readonly<Record<string, unknown>>[];
}

interface Pooled {
  readonly browser: ChromeBrowser;
  readonly profile: ProfileFolder;
  readonly session: Session | undefined;
}

export class ChromePool implements Browser {
  readonly #options: ChromePoolOptions;
  readonly #screenshots: Screenshots;
  readonly #turns: Turns;
  readonly #closing = new AbortController();
  readonly #visits = new Set<Promise<unknown>>();
  readonly #sessions = new Map<string, Promise<Session>>();
  /** The one that was used last is the last. */
  readonly #idle: Pooled[] = [];
  #inUse = 0;
  #ready: Promise<{ readonly installation: Installation; readonly guard: GuardProxy }> | undefined;

  constructor(options: ChromePoolOptions) {
    this.#options = options;
    this.#screenshots = new Screenshots(options.screenshotFolder);
    this.#turns = new Turns(options.browsers);
  }

  async visit<Result>(url: string, visit: BrowserVisit, use: (page: BrowserPage) => Promise<Result>): Promise<Result> {
    const link = pageLink(url);
    const signal = AbortSignal.any([visit.signal, this.#closing.signal]);
    signal.throwIfAborted();
    const visiting = this.#visit(link, { ...visit, signal }, use);
    this.#visits.add(visiting);
    try {
      return await visiting;
    } finally {
      this.#visits.delete(visiting);
    }
  }

  /** Visits that go on are aborted; when it is done, no process and no profile is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new TransientError('the browsers are being closed'));
    await Promise.allSettled(this.#visits);
    await Promise.all(this.#idle.splice(0).map((pooled) => this.#end(pooled, true)));
    for (const session of await Promise.allSettled(this.#sessions.values())) {
      if (session.status === 'fulfilled') await session.value.profile.remove();
    }
    const ready = await this.#ready?.catch(() => undefined);
    await ready?.guard[Symbol.asyncDispose]();
  }

  async #visit<Result>(
    link: URL,
    { signal, session: name, cookies = [] }: BrowserVisit,
    use: (page: BrowserPage) => Promise<Result>,
  ): Promise<Result> {
    const session = name === undefined ? undefined : await this.#session(name);
    using _mine = await session?.turns.take(signal);
    using _turn = await this.#turns.take(signal);
    this.#inUse += 1;
    let pooled: Pooled | undefined;
    let isUsable = false;
    try {
      const { guard, installation } = await this.#prepared();
      pooled = await this.#take(session, { guard, installation, signal });
      const { browser } = pooled;
      const tab = await browser.openTab({ shared: session !== undefined, cookies });
      const { politeness, timeouts } = this.#options;
      const page = new ChromePage({ driver: browser.driver, target: tab.target, guard, politeness, timeouts, signal });
      try {
        await page.goTo(link.href);
        return await use(page).catch(async (error: unknown) => {
          throw await this.#illustrated(error, page);
        });
      } finally {
        if (!page.isBroken && !signal.aborted) {
          isUsable = await tab.close().then(
            () => true,
            () => false,
          );
        }
      }
    } finally {
      if (pooled !== undefined) await this.#giveBack(pooled, isUsable);
      this.#inUse -= 1;
    }
  }

  /** One that is warm, or a new one: in the place of an idle one when there are as many as there may be. */
  async #take(
    session: Session | undefined,
    start: { readonly guard: GuardProxy; readonly installation: Installation; readonly signal: AbortSignal },
  ): Promise<Pooled> {
    const index = this.#idle.findLastIndex((pooled) => pooled.session === session);
    const [warm] = index === -1 ? [] : this.#idle.splice(index, 1);
    if (warm?.browser.isAlive === true) return warm;
    if (warm !== undefined) await this.#end(warm, false);
    while (this.#idle.length + this.#inUse > this.#options.browsers) {
      const oldest = this.#idle.shift();
      if (oldest === undefined) break;
      await this.#end(oldest, true);
    }
    return await this.#start(session, start);
  }

  async #start(
    session: Session | undefined,
    { guard, installation, signal }: { guard: GuardProxy; installation: Installation; signal: AbortSignal },
  ): Promise<Pooled> {
    const { temporaryFolder, timeouts, userAgent, proxy, installation: sought } = this.#options;
    const profile = session?.profile ?? (await ProfileFolder.create(temporaryFolder));
    const options = chromeOptions({
      binary: installation.binary,
      profileFolder: profile.path,
      userAgent,
      proxyPort: guard.port,
      authority: proxy?.authority,
    });
    try {
      const { searchPath } = sought;
      const browser = await ChromeBrowser.start({ installation, searchPath, profile, options, timeouts, signal });
      const pooled = { browser, profile, session };
      await browser.restoreCookies(session?.cookies ?? []).catch(async (error: unknown) => {
        await this.#end(pooled, false);
        throw error;
      });
      return pooled;
    } catch (error) {
      if (session === undefined) await profile.remove();
      throw error;
    }
  }

  async #giveBack(pooled: Pooled, isUsable: boolean): Promise<void> {
    const { browser, session } = pooled;
    let keep = isUsable;
    if (isUsable && session !== undefined) {
      session.cookies = await browser.cookies().catch(() => session.cookies);
    }
    if (keep) {
      const { pagesEach, megabytesEach } = this.#options;
      keep = browser.pages < pagesEach && (await browser.residentBytes()) < megabytesEach * 1e6;
    }
    if (keep && !this.#closing.signal.aborted) this.#idle.push(pooled);
    else await this.#end(pooled, isUsable);
  }

  async #end({ browser, profile, session }: Pooled, isUsable: boolean): Promise<void> {
    await (isUsable ? browser.quit() : browser.kill());
    if (session === undefined) await profile.remove();
  }

  #session(name: string): Promise<Session> {
    const known = this.#sessions.get(name);
    if (known !== undefined) return known;
    const opened = ProfileFolder.create(this.#options.temporaryFolder).then(
      (profile): Session => ({ profile, turns: new Turns(1), cookies: [] }),
    );
    this.#sessions.set(name, opened);
    return opened;
  }

  /** What failed is tried again by the next visit: a browser may have been installed meanwhile. */
  async #prepared(): Promise<{ readonly installation: Installation; readonly guard: GuardProxy }> {
    this.#ready ??= this.#prepare();
    try {
      return await this.#ready;
    } catch (error) {
      this.#ready = undefined;
      throw error;
    }
  }

  async #prepare(): Promise<{ readonly installation: Installation; readonly guard: GuardProxy }> {
    const { installation, resolver, timeouts, proxy } = this.#options;
    const found = await findInstallation(installation);
    return {
      installation: found,
      guard: await GuardProxy.start({ resolver, connectMs: timeouts.loadMs, upstream: proxy }),
    };
  }

  /** The error, with the name of the file where one can see what the page looked like, if there is one. */
  async #illustrated(error: unknown, page: ChromePage): Promise<unknown> {
    if (!(error instanceof RejectedInput || error instanceof TransientError)) return error;
    const path = await this.#pictureOf(page);
    if (path === undefined) return error;
    const message = `${error.message} (screenshot: ${path})`;
    return error instanceof RejectedInput
      ? new RejectedInput(error.reason, message, { cause: error })
      : new TransientError(message, { cause: error, retryAfterMs: error.retryAfterMs });
  }

  /** What went wrong matters more than a picture of it: whatever keeps one from being made or stored is passed over. */
  async #pictureOf(page: ChromePage): Promise<string | undefined> {
    try {
      const picture = await page.picture();
      if (picture === undefined) return undefined;
      return await this.#screenshots.keep(picture, URL.parse(await page.url())?.host ?? 'page');
    } catch {
      return undefined;
    }
  }
}
