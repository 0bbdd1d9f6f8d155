import { Agent } from 'node:http';
import { Builder, type WebDriver, error as webDriverErrors } from 'selenium-webdriver';
import type { Options } from 'selenium-webdriver/chrome.js';
import * as z from 'zod';
import { messageOf, RejectedInput, TransientError } from '../../domain/errors.ts';
import type { BrowserCookie } from '../../ports/browser.ts';
import { DevTools } from './devtools.ts';
import { DriverProcess } from './driver-process.ts';
import { checkVersions, type Installation, versionOf } from './installation.ts';
import { PageTarget } from './page-target.ts';
import { residentBytesOf } from './processes.ts';
import type { ProfileFolder } from './profile-folder.ts';
import { within } from './within.ts';

export interface ChromeStart {
  readonly installation: Installation;
  readonly searchPath: readonly string[];
  readonly profile: ProfileFolder;
  readonly options: Options;
  readonly timeouts: PageTimeouts;
  readonly signal: AbortSignal;
}

export interface PageTimeouts {
  /** Until the document of a page is read to its end. */
  readonly loadMs: number;
  /** Of one script of ours in a page. */
  readonly scriptMs: number;
}

/** An open tab. With the context that it has for itself goes all that its page has kept and opened. */
export interface Tab {
  readonly target: PageTarget;
  close(): Promise<void>;
}

const startPatienceMs = 30_000;
const quitPatienceMs = 3_000;
const chromeCapability = z.object({ debuggerAddress: z.string() });
const context = z.object({ browserContextId: z.string() });
const created = z.object({ targetId: z.string() });
const targets = z.object({ targetInfos: z.array(z.object({ targetId: z.string(), type: z.string() })) });
const cookieJar = z.object({ cookies: z.array(z.record(z.string(), z.unknown())) });

/** A running browser with its driver: one visit at a time. */
export class ChromeBrowser {
  /** How many pages it has shown. */
  pages = 0;
  readonly driver: WebDriver;
  readonly #process: DriverProcess;
  readonly #devTools: DevTools;
  readonly #agent: Agent;
  /** The first tab, without which the browser would end. */
  readonly #home: string;

  private constructor(parts: {
    driver: WebDriver;
    process: DriverProcess;
    devTools: DevTools;
    agent: Agent;
    home: string;
  }) {
    this.driver = parts.driver;
    this.#process = parts.process;
    this.#devTools = parts.devTools;
    this.#agent = parts.agent;
    this.#home = parts.home;
  }

  /**
   * @throws RejectedInput `browser_missing`, `browser_mismatch`
   * @throws TransientError when it does not start
   */
  static async start({
    installation,
    searchPath,
    profile,
    options,
    timeouts,
    signal,
  }: ChromeStart): Promise<ChromeBrowser> {
    await profile.unlock();
    const driverProcess = await DriverProcess.start(installation.driver, { folder: profile.path, searchPath }, signal);
    const agent = new Agent({ keepAlive: true });
    try {
      await profile.record(driverProcess.leader);
      // With the link of a driver that runs, selenium looks for none, nor for a browser.
      const driver = new Builder()
        .disableEnvironmentOverrides()
        .usingServer(driverProcess.url)
        .usingHttpAgent(agent)
        .forBrowser('chrome')
        .setChromeOptions(options)
        .build();
      const parts = await within(connected(driver, timeouts, signal), {
        signal,
        timeoutMs: startPatienceMs,
        late: () => new TransientError(`Chromium did not start within ${startPatienceMs} ms`),
      });
      return new ChromeBrowser({ driver, process: driverProcess, agent, ...parts });
    } catch (error) {
      agent.destroy();
      await driverProcess.kill();
      signal.throwIfAborted();
      throw await startError(error, installation);
    }
  }

  get isAlive(): boolean {
    return this.#devTools.isOpen;
  }

  residentBytes(): Promise<number> {
    return residentBytesOf(this.#process.group);
  }

  /** Opens an empty tab: in a context of its own, where nothing is kept, unless it is to share what the profile keeps. */
  async openTab(options: { readonly shared: boolean; readonly cookies: readonly BrowserCookie[] }): Promise<Tab> {
    this.pages += 1;
    const own = options.shared
      ? undefined
      : context.parse(await this.#devTools.send('Target.createBrowserContext', { disposeOnDetach: true }));
    await this.#devTools.send('Browser.setDownloadBehavior', { behavior: 'deny', ...own });
    if (options.cookies.length > 0) {
      const cookies = options.cookies.map((cookie) => ({ path: '/', ...cookie }));
      await this.#devTools.send('Storage.setCookies', { cookies, ...own });
    }
    const { targetId } = created.parse(
      await this.#devTools.send('Target.createTarget', { url: 'about:blank', ...own }),
    );
    const target = await PageTarget.attach(this.#devTools, targetId);
    await this.driver.switchTo().window(targetId);
    return {
      target,
      close: async () => {
        target.release();
        if (own === undefined) await this.#closeTabs();
        else await this.#devTools.send('Target.disposeBrowserContext', own);
      },
    };
  }

  /** All cookies of the profile, those too that end with the browser, as `restoreCookies` takes them. */
  async cookies(): Promise<readonly Readonly<Record<string, unknown>>[]> {
    return cookieJar.parse(await this.#devTools.send('Storage.getCookies')).cookies;
  }

  async restoreCookies(cookies: readonly Readonly<Record<string, unknown>>[]): Promise<void> {
    if (cookies.length > 0) await this.#devTools.send('Storage.setCookies', { cookies });
  }

  /** Lets the browser write down what it keeps, then ends whatever is left of it. */
  async quit(): Promise<void> {
    const late = () => new TransientError('the browser does not end');
    const signal = AbortSignal.timeout(quitPatienceMs);
    await within(this.driver.quit(), { signal, timeoutMs: quitPatienceMs, late }).catch(() => {});
    await this.kill();
  }

  async kill(): Promise<void> {
    this.#devTools[Symbol.dispose]();
    this.#agent.destroy();
    await this.#process.kill();
  }

  /** With the windows that a page may have opened. */
  async #closeTabs(): Promise<void> {
    const { targetInfos } = targets.parse(await this.#devTools.send('Target.getTargets'));
    const tabs = targetInfos.filter(({ type, targetId }) => type === 'page' && targetId !== this.#home);
    await Promise.all(tabs.map(({ targetId }) => this.#devTools.send('Target.closeTarget', { targetId })));
  }
}

async function connected(driver: WebDriver, { loadMs, scriptMs }: PageTimeouts, signal: AbortSignal) {
  const capabilities = (await driver.getSession()).getCapabilities();
  const { debuggerAddress } = chromeCapability.parse(capabilities.get('goog:chromeOptions'));
  await driver.manage().setTimeouts({ pageLoad: loadMs, script: scriptMs, implicit: 0 });
  const devTools = await DevTools.connect(debuggerAddress, signal);
  // The tab that it starts with shows news, and asks for them.
  const first = await driver.getWindowHandle();
  const { targetId: home } = created.parse(await devTools.send('Target.createTarget', { url: 'about:blank' }));
  await devTools.send('Target.closeTarget', { targetId: first });
  return { home, devTools };
}

async function startError(error: unknown, { binary, driver }: Installation): Promise<Error> {
  if (error instanceof RejectedInput || error instanceof TransientError) return error;
  if (error instanceof webDriverErrors.SessionNotCreatedError) {
    try {
      checkVersions(await versionOf(binary), await versionOf(driver));
    } catch (mismatch) {
      if (mismatch instanceof RejectedInput) return mismatch;
      throw mismatch;
    }
  }
  return new TransientError(`Chromium does not start (${messageOf(error)})`, { cause: error });
}
