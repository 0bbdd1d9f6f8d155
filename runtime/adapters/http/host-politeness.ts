import { RejectedInput } from '../../domain/errors.ts';
import type { Politeness } from '../../ports/politeness.ts';
import type { HostTurns } from './host-turns.ts';
import { shown } from './links.ts';
import { RobotsFiles, type RobotsFilesOptions } from './robots-files.ts';

export interface HostPolitenessOptions extends RobotsFilesOptions {
  readonly turns: HostTurns;
  /** Host names whose robots.txt is not asked for. */
  readonly exempt: readonly string[];
}

/** Asks each host's robots.txt first (RFC 9309), and waits for the host's turn then. */
export class HostPoliteness implements Politeness {
  readonly #turns: HostTurns;
  readonly #robots: RobotsFiles;
  readonly #exempt: ReadonlySet<string>;

  constructor(options: HostPolitenessOptions) {
    this.#turns = options.turns;
    this.#robots = new RobotsFiles(options);
    this.#exempt = new Set(options.exempt);
  }

  async schedule<Result>(url: URL, signal: AbortSignal, task: () => Promise<Result>): Promise<Result> {
    signal.throwIfAborted();
    if (this.#exempt.has(url.hostname)) {
      return await this.#turns.schedule(url, signal, task);
    }
    const rules = await this.#robots.rulesOf(url, signal);
    if (!rules.allows(url)) {
      throw new RejectedInput(
        'robots_disallowed',
        `the robots.txt of ${url.host} asks not to fetch ${shown(url)}; ` +
          `if the site is yours, or its owner allows it, set ROBOTS_EXEMPT_HOSTS=${url.hostname}`,
      );
    }
    return await this.#turns.scheduleSlowly(rules.delayMs, url, signal, task);
  }
}
