import { messageOf, RejectedInput, TransientError } from '../../domain/errors.ts';
import type { Fetcher } from '../../ports/fetcher.ts';
import type { HostRegistry, RobotsFile } from '../../ports/host-registry.ts';
import { KeyedLimiter } from './keyed-limiter.ts';
import { productTokenOf, type RobotsRules, robotsRules } from './robots-rules.ts';

export interface RobotsFilesOptions {
  readonly registry: HostRegistry;
  /** Gives the hosts their time, and asks for no robots.txt itself. */
  readonly fetcher: Pick<Fetcher, 'fetch'>;
  readonly userAgent: string;
}

/** RFC 9309, section 2.4. */
const freshMs = 24 * 60 * 60 * 1000;
/** RFC 9309, section 2.5: what is behind is not heeded. */
const maxCharacters = 500 * 1024;
const maxBytes = 8 * 1024 * 1024;
const maxRemembered = 500;

/** RFC 9309, sections 2.3.1.2 and 2.3.1.3: these say that there is none, and everything is allowed. */
const saysThereIsNone: ReadonlySet<string> = new Set([
  ...['not_found', 'gone', 'http_error', 'challenge_page', 'login_required'],
  ...['too_many_redirects', 'bad_redirect'],
]);

/** Nor will any page of such a host ever be fetched. */
const saysThereIsNoHost: ReadonlySet<string> = new Set(['unknown_host', 'forbidden_address']);

/** The robots.txt of each host, asked for once a day by all crawlers that share the registry. */
export class RobotsFiles {
  readonly #registry: HostRegistry;
  readonly #fetcher: Pick<Fetcher, 'fetch'>;
  readonly #productToken: string;
  readonly #limiter = new KeyedLimiter(1);
  readonly #remembered = new Map<string, { readonly rules: RobotsRules; readonly until: number }>();

  constructor(options: RobotsFilesOptions) {
    this.#registry = options.registry;
    this.#fetcher = options.fetcher;
    this.#productToken = productTokenOf(options.userAgent);
  }

  /**
   * @throws TransientError when the host does not give out its robots.txt for now, which allows nothing (RFC 9309,
   *   section 2.3.1.4)
   * @throws RejectedInput `unknown_host`, `forbidden_address`
   */
  async rulesOf({ origin }: URL, signal: AbortSignal): Promise<RobotsRules> {
    const remembered = this.#remembered.get(origin);
    if (remembered !== undefined && remembered.until > Date.now()) return remembered.rules;
    const file =
      (await this.#fresh(origin)) ??
      (await this.#limiter.run(
        origin,
        signal,
        async () => (await this.#fresh(origin)) ?? (await this.#fetch(origin, signal)),
      ));
    const rules = robotsRules(origin, file.text, this.#productToken);
    this.#remember(origin, rules, Date.parse(file.fetchedAt) + freshMs);
    return rules;
  }

  async #fresh(origin: string): Promise<RobotsFile | undefined> {
    const file = await this.#registry.robots(origin);
    return file !== undefined && Date.parse(file.fetchedAt) + freshMs > Date.now() ? file : undefined;
  }

  async #fetch(origin: string, signal: AbortSignal): Promise<RobotsFile> {
    const text = await this.#textOf(`${origin}/robots.txt`, signal);
    const file = { text: firstPart(text), fetchedAt: new Date().toISOString() };
    await this.#registry.rememberRobots(origin, file);
    // It may ask for an interval where we have none.
    await this.#registry.endTurn(new URL(origin).host);
    return file;
  }

  async #textOf(link: string, signal: AbortSignal): Promise<string> {
    try {
      const result = await this.#fetcher.fetch(link, { signal, accept: 'text/plain,*/*;q=0.5', maxBytes });
      return result.status === 'ok' ? result.text : '';
    } catch (error) {
      if (error instanceof RejectedInput && saysThereIsNone.has(error.reason)) return '';
      if (error instanceof RejectedInput && !saysThereIsNoHost.has(error.reason)) {
        throw new TransientError(`what is allowed cannot be known: ${messageOf(error)}`, { cause: error });
      }
      throw error;
    }
  }

  #remember(origin: string, rules: RobotsRules, until: number): void {
    this.#remembered.delete(origin);
    this.#remembered.set(origin, { rules, until });
    for (const oldest of this.#remembered.keys()) {
      if (this.#remembered.size <= maxRemembered) return;
      this.#remembered.delete(oldest);
    }
  }
}

/** Ends with a whole line. */
function firstPart(text: string): string {
  return text.length <= maxCharacters ? text : text.slice(0, Math.max(0, text.lastIndexOf('\n', maxCharacters)));
}
