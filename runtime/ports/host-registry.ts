export interface RobotsFile {
  /** Empty when the host has none. */
  readonly text: string;
  /** RFC 3339. */
  readonly fetchedAt: string;
}

/**
 * What is known of hosts, shared by all crawlers of a fleet, so that together they ask no faster than one may. A host is
 * a name with its port, unless that is the usual one.
 */
export interface HostRegistry {
  /**
   * Takes the next turn of a host if it has come: `intervalMs` after the last one was taken or ended, and not within a
   * pause. Turns are taken at the moment of asking and never ahead, since a pause may begin at any time.
   * @param alone not while another turn is open either: what is on its way may be late, and then be too close to the next.
   *   A turn of which nothing is heard for seconds is no longer waited for
   * @returns 0 when it was taken; otherwise nothing was, and it is worth asking again after so many milliseconds
   */
  takeTurn(host: string, intervalMs: number, alone: boolean): Promise<number>;
  /** The host has been asked and has answered: the next interval starts here, however late the request got there. */
  endTurn(host: string): Promise<void>;
  /** The host asked to be left alone for so long. A longer pause that is on already stays. */
  pause(host: string, durationMs: number): Promise<void>;
  /** @param origin with the scheme: each has a robots.txt of its own */
  robots(origin: string): Promise<RobotsFile | undefined>;
  rememberRobots(origin: string, robots: RobotsFile): Promise<void>;
}
