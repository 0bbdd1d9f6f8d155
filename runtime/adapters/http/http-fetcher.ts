import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Agent, Dispatcher } from 'undici';
import { RejectedInput } from '../../domain/errors.ts';
import type { Fetcher, FetchRequest, FetchResult } from '../../ports/fetcher.ts';
import type { HostResolver } from '../../ports/host-resolver.ts';
import { decodeText } from './charset.ts';
import { acceptedEncodings, decodeContent, tooLarge } from './content-encoding.ts';
import { Deadline } from './deadline.ts';
import { DnsHostResolver } from './dns-host-resolver.ts';
import { errorOfStatus, fetchError } from './fetch-errors.ts';
import { type AgentTimeouts, guardedAgent } from './guarded-agent.ts';
import { parseLink, redirectTarget, shown } from './links.ts';

export interface FetchTimeouts extends AgentTimeouts {
  /** For everything, redirects included. */
  readonly totalMs: number;
}

/** Who says which addresses may be connected to: DNS with or without private ones, or any other resolver. */
type AddressPolicy = { readonly allowPrivate: boolean } | { readonly resolver: HostResolver };

export type HttpFetcherOptions = AddressPolicy & {
  readonly userAgent: string;
  /** Default: 10 s to connect, 30 s for the headers, 30 s between two pieces of the body, 120 s in all. */
  readonly timeouts?: Partial<FetchTimeouts> | undefined;
  /** Of a body, as it comes and after every step of decoding. Default: 32 MiB. */
  readonly maxBytes?: number | undefined;
};

const defaultTimeouts: FetchTimeouts = { connectMs: 10_000, headersMs: 30_000, bodyMs: 30_000, totalMs: 120_000 };
const defaultMaxBytes = 32 * 1024 * 1024;
const defaultAccept = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** What is left of an unwanted body is read up to here, so that its connection can be used again. */
const maxDiscardedBytes = 16_384;

/**
 * Speaks HTTP/1.1 over connections that are kept alive. Sends neither cookies nor credentials nor a referrer, and honours
 * no proxy: a proxy would resolve names by itself, behind the back of the address guard.
 */
export class HttpFetcher implements Fetcher {
  readonly #agent: Agent;
  readonly #userAgent: string;
  readonly #timeouts: FetchTimeouts;
  readonly #maxBytes: number;

  constructor(options: HttpFetcherOptions) {
    this.#timeouts = { ...defaultTimeouts, ...options.timeouts };
    this.#agent = guardedAgent('resolver' in options ? options.resolver : new DnsHostResolver(options), this.#timeouts);
    this.#userAgent = options.userAgent;
    this.#maxBytes = options.maxBytes ?? defaultMaxBytes;
  }

  async fetch(link: string, request: FetchRequest): Promise<FetchResult> {
    request.signal.throwIfAborted();
    using deadline = new Deadline(request.signal, this.#timeouts.totalMs);
    const hops: URL[] = [];
    try {
      let url = parseLink(link);
      for (;;) {
        hops.push(url);
        const response = await this.#get(url, request, deadline.signal);
        if (!redirects.has(response.statusCode)) {
          return await this.#result(url, request, response);
        }
        await discard(response);
        url = redirectTarget(header(response, 'location'), hops);
      }
    } catch (error) {
      request.signal.throwIfAborted();
      throw fetchError(error, subjectOf(link, hops), this.#timeouts);
    }
  }

  /** Ends every connection, and with an error whatever is still being fetched. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy();
  }

  #get(url: URL, request: FetchRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    return this.#agent.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: 'GET',
      signal,
      headers: {
        'user-agent': this.#userAgent,
        accept: request.accept ?? defaultAccept,
        'accept-encoding': acceptedEncodings,
        ...(request.etag === undefined ? {} : { 'if-none-match': request.etag }),
        ...(request.lastModified === undefined ? {} : { 'if-modified-since': request.lastModified }),
      },
    });
  }

  async #result(url: URL, request: FetchRequest, response: Dispatcher.ResponseData): Promise<FetchResult> {
    const status = response.statusCode;
    const conditional = request.etag !== undefined || request.lastModified !== undefined;
    if (status === 304 && conditional) {
      await discard(response);
      return { status: 'not_modified', url: url.href };
    }
    const error = errorOfStatus(status, header(response, 'retry-after')) ?? unexpected(status);
    if (error !== undefined) {
      await discard(response);
      throw error;
    }
    const contentType = header(response, 'content-type');
    const encoded = await this.#read(response);
    const body = await decodeContent(encoded, header(response, 'content-encoding') ?? '', this.#maxBytes);
    return {
      status: 'ok',
      url: url.href,
      mediaType: contentType?.split(';', 1)[0]?.trim().toLowerCase() || 'application/octet-stream',
      body,
      text: decodeText(body, contentType),
      etag: header(response, 'etag'),
      lastModified: header(response, 'last-modified'),
    };
  }

  async #read(response: Dispatcher.ResponseData): Promise<Uint8Array> {
    if (Number(header(response, 'content-length') ?? 0) > this.#maxBytes) {
      await discard(response);
      throw tooLarge(this.#maxBytes);
    }
    const chunks: Uint8Array[] = [];
    let size = 0;
    // Leaving the loop by an error ends the connection.
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > this.#maxBytes) {
        throw tooLarge(this.#maxBytes);
      }
      chunks.push(chunk);
    }
    await connectionFreed();
    return Buffer.concat(chunks);
  }
}

/** A part that was not asked for, a 304 to an unconditional request, a redirect of a kind that nobody uses. */
function unexpected(status: number): RejectedInput | undefined {
  return status === 206 || status >= 300
    ? new RejectedInput('bad_response', `the server answers with ${status}, which was not asked for`)
    : undefined;
}

async function discard(response: Dispatcher.ResponseData): Promise<void> {
  await response.body.dump({ limit: maxDiscardedBytes });
  await connectionFreed();
}

/**
 * undici gives a connection back one turn of the event loop after its response has ended. Whoever asks for the next page
 * before then gets another connection.
 */
async function connectionFreed(): Promise<void> {
  await nextTurn();
}

function header(response: Dispatcher.ResponseData, name: string): string | undefined {
  const value = response.headers[name];
  return Array.isArray(value) ? (name === 'content-encoding' ? value.join(',') : value[0]) : value;
}

function subjectOf(link: string, hops: readonly URL[]): string {
  const last = hops.at(-1);
  const redirected = hops.length > 1 && last !== undefined ? ` (redirected to ${shown(last)})` : '';
  return `cannot fetch ${shown(link)}${redirected}`;
}
