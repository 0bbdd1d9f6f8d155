import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';

/** A request as a site sees it. */
export interface Visit {
  /** Absolute, as the client meant it. */
  readonly url: URL;
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly cookies: ReadonlyMap<string, string>;
  text(): Promise<string>;
}

export interface Answer {
  /** Default: 200. */
  readonly status?: number;
  /** Default: HTML. */
  readonly mediaType?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string | Uint8Array;
  /** Sent as Last-Modified. */
  readonly changedAt?: Date | undefined;
  /** Whether it is sent with an ETag, and as 304 to whoever has it. Default: true. */
  readonly tagged?: boolean;
}

/** For programs that write their answers themselves. */
export type TakeOver = (request: IncomingMessage, response: ServerResponse) => void;

/** One or more hosts of the web. */
export interface Site {
  owns(host: string): boolean;
  /** `undefined` is 404. */
  answer(visit: Visit): Answer | TakeOver | undefined | Promise<Answer | TakeOver | undefined>;
}

export const html = 'text/html; charset=utf-8';
export const json = 'application/json; charset=utf-8';
export const xml = 'application/xml; charset=utf-8';

export function redirect(to: string, headers: Answer['headers'] = {}): Answer {
  return { status: 302, headers: { ...headers, location: to }, body: '', tagged: false };
}
