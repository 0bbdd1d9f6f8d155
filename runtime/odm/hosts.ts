import type * as z from 'zod';
import { TransientError } from '../domain/errors.ts';
import type { DocumentStore } from '../ports/document-store.ts';
import type { HostRegistry, RobotsFile } from '../ports/host-registry.ts';
import { hosts, robotsFiles } from './collections.ts';
import { TypedCollection } from './typed-collection.ts';

type Host = z.infer<typeof hosts.schema>;

/** So often may another crawler come first. */
const maxAttempts = 50;

/** A turn that has not ended by then belongs to a request that has got there, or to a crawler that is no more. */
const openTurnMs = 5_000;

/** Nobody can be told when the turn of another ends. */
const shortestPollMs = 25;

/** Further than this ahead is no other machine's clock but one that has been set back since. */
const maxClockSkewMs = 60_000;

/**
 * What is known of hosts, in the document store: one for all crawlers that share it. Times are those of the crawlers'
 * own clocks, so turns of several machines are as exact as these agree.
 * @throws TransientError also when others kept coming first
 */
export class Hosts implements HostRegistry {
  readonly #hosts: TypedCollection<Host>;
  readonly #robots: TypedCollection<z.infer<typeof robotsFiles.schema>>;

  constructor(store: DocumentStore) {
    this.#hosts = new TypedCollection(store, hosts);
    this.#robots = new TypedCollection(store, robotsFiles);
  }

  async takeTurn(host: string, intervalMs: number, alone: boolean): Promise<number> {
    return await this.#untilFirst(host, async (known) => {
      const now = Date.now();
      const { pausedUntil, turnAt, openUntil } = known;
      const openMs = alone && openUntil <= now + openTurnMs + maxClockSkewMs ? openUntil - now : 0;
      const waitMs = Math.max(
        ...[0, pausedUntil - now, nextTurn(turnAt, intervalMs, now) - now],
        Math.min(openMs, Math.max(intervalMs, shortestPollMs)),
      );
      // Without an interval there is nothing to remember, and no write for every request.
      if (waitMs > 0 || intervalMs === 0) return waitMs;
      const turn = { ...known, turnAt: endOf(now), openUntil: now + openTurnMs };
      return (await this.#write(turn)) ? 0 : undefined;
    });
  }

  async endTurn(host: string): Promise<void> {
    await this.#untilFirst(host, (known) =>
      this.#write({ ...known, turnAt: Math.max(known.turnAt, endOf(Date.now())), openUntil: 0 }),
    );
  }

  async pause(host: string, durationMs: number): Promise<void> {
    const until = Math.ceil(Date.now() + durationMs);
    await this.#untilFirst(host, (known) =>
      known.pausedUntil >= until ? Promise.resolve(true) : this.#write({ ...known, pausedUntil: until }),
    );
  }

  async robots(origin: string): Promise<RobotsFile | undefined> {
    const known = await this.#robots.get(origin);
    return known === undefined ? undefined : { text: known.text, fetchedAt: known.fetchedAt };
  }

  async rememberRobots(origin: string, { text, fetchedAt }: RobotsFile): Promise<void> {
    await this.#robots.put({ _id: origin, text, fetchedAt });
  }

  /** @returns true, or undefined when another came first */
  async #write(host: Host): Promise<true | undefined> {
    const { revision } = host;
    const next = { ...host, revision: revision + 1 };
    const written = revision === 0 ? await this.#hosts.insert(next) : await this.#hosts.replace(next, revision);
    return written ? true : undefined;
  }

  async #untilFirst<Result>(host: string, attempt: (known: Host) => Promise<Result | undefined>): Promise<Result> {
    for (let attempts = 0; attempts < maxAttempts; attempts += 1) {
      const known = (await this.#hosts.get(host)) ?? {
        _id: host,
        revision: 0,
        turnAt: 0,
        openUntil: 0,
        pausedUntil: 0,
      };
      const result = await attempt(known);
      if (result !== undefined) return result;
    }
    throw new TransientError(`Other crawlers kept taking turns of ${host} at the same time.`);
  }
}

/** A clock of whole milliseconds may be one behind. */
function endOf(millisecond: number): number {
  return millisecond + 1;
}

function nextTurn(lastTurn: number, intervalMs: number, now: number): number {
  return lastTurn > now + Math.max(intervalMs, maxClockSkewMs) ? now : lastTurn + intervalMs;
}
