export interface RobotsFile {
  /** Empty when the host has none. */
  readonly text: string;
  /** RFC 3339. */
  readonly fetchedAt: string;
}

/** What is known of hosts, shared by all crawlers of a fleet, so that together they ask no faster than one may. */
export interface HostRegistry {
  /**
   * Books the next request to `host`: turns are at least `intervalMs` apart, whoever books them.
   * @returns how many milliseconds to wait for the turn; when that is more than `maxWaitMs`, nothing was booked
   */
  book(host: string, intervalMs: number, maxWaitMs: number): Promise<number>;
  /** The host asked to be left alone for so long. A longer pause that is on already stays. */
  pause(host: string, durationMs: number): Promise<void>;
  robots(host: string): Promise<RobotsFile | undefined>;
  rememberRobots(host: string, robots: RobotsFile): Promise<void>;
}
