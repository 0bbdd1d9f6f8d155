import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import { RejectedInput } from '../../domain/errors.ts';
import type { Fetcher, FetchRequest, FetchResult } from '../../ports/fetcher.ts';
import type { HostResolver } from '../../ports/host-resolver.ts';
import type { Politeness } from '../../ports/politeness.ts';
import { challengeOfBody, challengeOfHeaders, challengeStatuses, maxChallengeBytes } from './challenge.ts';
import { decodeText } from './charset.ts';
import { acceptedEncodings, decodeContent, tooLarge } from './content-encoding.ts';
import { credentialHeaders, type SiteCredential } from './credentials.ts';
import { DnsHostResolver, refusePrivateLiteral } from './dns-host-resolver.ts';
import { errorOfStatus, fetchError } from './fetch-errors.ts';
import { type AgentTimeouts, guardedAgent } from './guarded-agent.ts';
import { parseLink, redirectTarget, shown } from './links.ts';
import { type ProxyOptions, proxiedAgent } from './proxied-agent.ts';
import { TimeBudget } from './time-budget.ts';

export interface FetchTimeouts extends AgentTimeouts {
  /** For everything, redirects included; waiting for the turns of hosts does not count. */
  readonly totalMs: number;
}

/** Who says which addresses may be connected to: DNS with or without private ones, a proxy, or any other resolver. */
type AddressPolicy =
  | { readonly allowPrivate: boolean; readonly proxy?: ProxyOptions | undefined }
  | { readonly resolver: HostResolver };

export type HttpFetcherOptions = AddressPolicy & {
  readonly userAgent: string;
  /** Default: 10 s to connect, 30 s for the headers, 30 s between two pieces of the body, 120 s in all. */
  readonly timeouts?: Partial<FetchTimeouts> | undefined;
  /** Of a body, as it comes and after every step of decoding. Default: 32 MiB. */
  readonly maxBytes?: number | undefined;
  /** Asked for every request, those of redirects too. Default: every request is sent at once. */
  readonly politeness?: Politeness | undefined;
  /** Sent to their sites, over https. */
  readonly credentials?: readonly SiteCredential[] | undefined;
  /** Only where a test stands for the web: over http anyone can read them. Default: false. */
  readonly credentialsOverHttp?: boolean | undefined;
};

/** One request of a fetch: redirects make others. */
type Hop = FetchRequest & { readonly url: URL };

/** A redirect leads to another hop. */
type Answer = FetchResult | { readonly status: 'moved'; readonly next: Hop };

const defaultTimeouts: FetchTimeouts = { connectMs: 10_000, headersMs: 30_000, bodyMs: 30_000, totalMs: 120_000 };
const defaultMaxBytes = 32 * 1024 * 1024;
const defaultAccept = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** What is left of an unwanted body is read up to here, so that its connection can be used again. */
const maxDiscardedBytes = 16_384;

/**
 * Speaks HTTP/1.1 over connections that are kept alive. Keeps no cookies and sends no referrer; the credentials it was
 * given go to their own site only. Honours no proxy but the one it was given, which resolves names by itself: then only
 * what shows in a link (addresses, localhost) can be refused here, and what names resolve to is for the proxy to guard.
 */
export class HttpFetcher implements Fetcher {
  readonly #agent: Dispatcher;
  readonly #isProxied: boolean;
  readonly #refusesLiterals: boolean;
  readonly #userAgent: string;
  readonly #timeouts: FetchTimeouts;
  readonly #maxBytes: number;
  readonly #politeness: Politeness | undefined;
  readonly #credentials: readonly SiteCredential[];
  readonly #credentialsOverHttp: boolean;

  constructor(options: HttpFetcherOptions) {
    this.#timeouts = { ...defaultTimeouts, ...options.timeouts };
    this.#agent = agentFor(options, this.#timeouts);
    const proxied = 'proxy' in options && options.proxy !== undefined ? options : undefined;
    this.#isProxied = proxied !== undefined;
    this.#refusesLiterals = proxied?.allowPrivate === false;
    this.#userAgent = options.userAgent;
    this.#maxBytes = options.maxBytes ?? defaultMaxBytes;
    this.#politeness = options.politeness;
    this.#credentials = options.credentials ?? [];
    this.#credentialsOverHttp = options.credentialsOverHttp ?? false;
  }

  async fetch(link: string, request: FetchRequest): Promise<FetchResult> {
    const { signal } = request;
    signal.throwIfAborted();
    const budget = new TimeBudget(signal, this.#timeouts.totalMs);
    const hops: URL[] = [];
    try {
      let hop: Hop = { ...request, url: parseLink(link) };
      for (;;) {
        hops.push(hop.url);
        const answer = await this.#inTurn(hop, () =>
          budget.spend((left) => this.#exchange({ ...hop, signal: left }, hops)),
        );
        if (answer.status !== 'moved') return answer;
        hop = { ...answer.next, signal };
      }
    } catch (error) {
      signal.throwIfAborted();
      throw fetchError(error, subjectOf(link, hops), { ...this.#timeouts, proxied: this.#isProxied });
    }
  }

  /** Ends every connection, and with an error whatever is still being fetched. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy();
  }

  async #inTurn({ url, signal }: Hop, task: () => Promise<Answer>): Promise<Answer> {
    if (this.#refusesLiterals) refusePrivateLiteral(url.hostname);
    return await (this.#politeness === undefined ? task() : this.#politeness.schedule(url, signal, task));
  }

  /** @param hops the URLs so far, that of `hop` last */
  async #exchange(hop: Hop, hops: readonly URL[]): Promise<Answer> {
    const response = await this.#send(hop);
    if (!redirects.has(response.statusCode)) {
      return await this.#result(hop, response);
    }
    await discard(response);
    const url = redirectTarget(header(response, 'location'), hops);
    return { status: 'moved', next: { ...hop, url, body: bodyAfter(response.statusCode, hop, url) } };
  }

  #send(hop: Hop): Promise<Dispatcher.ResponseData> {
    const { url, signal, body } = hop;
    return this.#agent.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: body === undefined ? 'GET' : 'POST',
      signal,
      headers: {
        'user-agent': this.#userAgent,
        accept: hop.accept ?? defaultAccept,
        'accept-encoding': acceptedEncodings,
        ...(url.protocol === 'https:' || this.#credentialsOverHttp ? credentialHeaders(url, this.#credentials) : {}),
        ...(hop.etag === undefined ? {} : { 'if-none-match': hop.etag }),
        ...(hop.lastModified === undefined ? {} : { 'if-modified-since': hop.lastModified }),
        ...(body === undefined ? {} : { 'content-type': body.mediaType }),
      },
      ...(body === undefined ? {} : { body: body.text }),
    });
  }

  async #result(hop: Hop, response: Dispatcher.ResponseData): Promise<FetchResult> {
    const status = response.statusCode;
    const { url, maxBytes = this.#maxBytes } = hop;
    const conditional = hop.etag !== undefined || hop.lastModified !== undefined;
    if (status === 304 && conditional) {
      await discard(response);
      return { status: 'not_modified', url: url.href };
    }
    const error = await refusalOf(response);
    if (error !== undefined) {
      await discard(response);
      throw error;
    }
    const contentType = header(response, 'content-type');
    const body = await read(response, maxBytes);
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
}

function agentFor(policy: AddressPolicy, timeouts: AgentTimeouts): Dispatcher {
  if ('resolver' in policy) return guardedAgent(policy.resolver, timeouts);
  const { proxy } = policy;
  return proxy === undefined ? guardedAgent(new DnsHostResolver(policy), timeouts) : proxiedAgent(proxy, timeouts);
}

/**
 * As browsers do it, most redirects of a POST lead to a page that is to be had by GET.
 * @throws RejectedInput `bad_redirect` when the body would go to another host
 */
function bodyAfter(status: number, { url, body }: Hop, target: URL): FetchRequest['body'] {
  if (body === undefined || (status !== 307 && status !== 308)) return undefined;
  if (target.origin !== url.origin) {
    throw new RejectedInput('bad_redirect', `it redirects what was sent to another host, ${shown(target)}`);
  }
  return body;
}

/** Why a response brings nothing to read, if so. */
async function refusalOf(response: Dispatcher.ResponseData): Promise<Error | undefined> {
  const status = response.statusCode;
  const byHeaders = challengeOfHeaders((name) => header(response, name));
  if (byHeaders !== undefined) return byHeaders;
  const error = errorOfStatus(status, (name) => header(response, name)) ?? unexpected(status);
  if (error === undefined || !challengeStatuses.has(status)) return error;
  // An error page that cannot be read is no more than an error.
  const body = await read(response, maxChallengeBytes).catch(() => new Uint8Array());
  return challengeOfBody(Buffer.from(body).toString('latin1')) ?? error;
}

/** @returns the body after content encodings. @throws RejectedInput `too_large`, `bad_response` */
async function read(response: Dispatcher.ResponseData, maxBytes: number): Promise<Uint8Array> {
  if (Number(header(response, 'content-length') ?? 0) > maxBytes) {
    await discard(response);
    throw tooLarge(maxBytes);
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop by an error ends the connection.
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > maxBytes) {
      throw tooLarge(maxBytes);
    }
    chunks.push(chunk);
  }
  await connectionFreed();
  return await decodeContent(Buffer.concat(chunks), header(response, 'content-encoding') ?? '', maxBytes);
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
