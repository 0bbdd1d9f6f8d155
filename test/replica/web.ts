import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { createSecureContext } from 'node:tls';
import { BlogReplica } from './blog.ts';
import { CertificateAuthority } from './certificate.ts';
import { GithubReplica } from './github.ts';
import { LinkedinReplica } from './linkedin.ts';
import { MediumReplica } from './medium.ts';
import { type Answer, html, type Site, type Visit } from './site.ts';
import { SubstackReplica } from './substack.ts';

export interface RecordedVisit {
  readonly host: string;
  /** With its query. */
  readonly path: string;
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  /** When it came, in milliseconds. */
  readonly at: number;
  /** 0 until it is answered. */
  readonly status: number;
}

/** What a host does to its visitors, whatever it is asked. */
interface Mood {
  challenge?: boolean;
  refusals?: { left: number; readonly retryAfterSeconds: number };
  delayMs?: number;
  down?: boolean;
  robots?: string;
}

/**
 * A small web behind one forward proxy on loopback, which answers for every host name there is: absolute links for http,
 * CONNECT for https with TLS ended inside by certificates of an authority of its own.
 */
export class ReplicaWeb implements AsyncDisposable {
  readonly medium = new MediumReplica();
  readonly substack = new SubstackReplica();
  readonly linkedin = new LinkedinReplica();
  readonly blogs = new BlogReplica();
  readonly github: GithubReplica;
  readonly authority = new CertificateAuthority();
  readonly #sites: readonly Site[];
  readonly #folder: string;
  readonly #visits: RecordedVisit[] = [];
  readonly #moods = new Map<string, Mood>();
  readonly #sockets = new Set<Socket>();
  readonly #proxy: Server;
  readonly #closing = new AbortController();
  #port = 0;

  private constructor(folder: string) {
    this.#folder = folder;
    this.github = new GithubReplica(join(folder, 'repositories'));
    // Domains of their own are looked for where their owners are before they are anybody's.
    this.#sites = [this.medium, this.substack, this.github, this.linkedin, this.blogs];
    const secure = createTlsServer(
      {
        ...this.authority.issue('localhost'),
        SNICallback: (host, callback) => callback(null, createSecureContext(this.authority.issue(host))),
      },
      (request, response) => this.#serve('https', request, response),
    );
    const tunnelled = createServer((request, response) => this.#serve('http', request, response));
    this.#proxy = createServer((request, response) => this.#serve('http', request, response));
    this.#proxy.on('connection', (socket: Socket) => this.#follow(socket));
    this.#proxy.on('connect', (_request, socket: Socket) => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.once('readable', () => {
        const first: unknown = socket.read(1);
        if (!(first instanceof Buffer)) return;
        socket.unshift(first);
        const handshake = 0x16;
        (first[0] === handshake ? secure : tunnelled).emit('connection', socket);
      });
    });
  }

  static async start(): Promise<ReplicaWeb> {
    const web = new ReplicaWeb(await mkdtemp(join(tmpdir(), 'twinstream-replica-')));
    await writeFile(web.authorityFile, web.authority.cert);
    await new Promise<void>((resolve, reject) => {
      web.#proxy.once('error', reject);
      web.#proxy.listen(0, '127.0.0.1', resolve);
    });
    const address = web.#proxy.address();
    if (address === null || typeof address === 'string') throw new TypeError('the proxy has no port');
    web.#port = address.port;
    return web;
  }

  get proxy(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** PEM. */
  get authorityFile(): string {
    return join(this.#folder, 'authority.pem');
  }

  /** The variables that make `twin` see this web and no other, as fast as it can. */
  get variables(): Readonly<Record<string, string>> {
    return { CRAWL_PROXY: this.proxy, CRAWL_PROXY_CA: this.authorityFile, CRAWL_INTERVAL_MS: '0' };
  }

  /** All that was asked, in order. */
  get visits(): readonly RecordedVisit[] {
    return this.#visits;
  }

  visitsTo(host: string): readonly RecordedVisit[] {
    return this.#visits.filter((visit) => visit.host === host);
  }

  /** Forgets what was asked so far. */
  forgetVisits(): void {
    this.#visits.length = 0;
  }

  /** Puts a check for robots before every page of a host. */
  challenge(host: string, challenge: boolean): void {
    this.#mood(host).challenge = challenge;
  }

  /** Answers the next requests with 429. */
  rateLimit(host: string, requests: number, retryAfterSeconds: number): void {
    this.#mood(host).refusals = { left: requests, retryAfterSeconds };
  }

  slow(host: string, delayMs: number): void {
    this.#mood(host).delayMs = delayMs;
  }

  /** Ends every connection without an answer. */
  down(host: string, down: boolean): void {
    this.#mood(host).down = down;
  }

  robots(host: string, file: string): void {
    this.#mood(host).robots = file;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    const closed = new Promise<void>((resolve) => this.#proxy.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    await rm(this.#folder, { recursive: true, force: true });
  }

  #mood(host: string): Mood {
    const mood = this.#moods.get(host) ?? {};
    this.#moods.set(host, mood);
    return mood;
  }

  #follow(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    // Clients that are killed hang up in the middle.
    socket.on('error', () => socket.destroy());
  }

  #serve(scheme: 'http' | 'https', request: IncomingMessage, response: ServerResponse): void {
    this.#answer(scheme, request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  }

  async #answer(scheme: 'http' | 'https', request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', `${scheme}://${request.headers.host ?? 'localhost'}`);
    const record = {
      host: url.hostname,
      path: `${url.pathname}${url.search}`,
      method: request.method ?? 'GET',
      headers: request.headers,
      at: performance.now(),
      status: 0,
    };
    this.#visits.push(record);
    const mood = this.#moods.get(url.hostname) ?? {};
    if (mood.delayMs !== undefined) await delay(mood.delayMs, undefined, { signal: this.#closing.signal });
    if (mood.down === true) {
      request.socket.destroy();
      return;
    }
    const answer = moody(mood, url) ?? (await this.#siteOf(url.hostname)?.answer(visitOf(url, request))) ?? notFound;
    if (typeof answer === 'function') {
      response.once('close', () => {
        record.status = response.statusCode;
      });
      answer(request, response);
      return;
    }
    record.status = send(answer, request, response);
  }

  #siteOf(host: string): Site | undefined {
    return this.#sites.find((site) => site.owns(host));
  }
}

const notFound: Answer = {
  status: 404,
  body: '<!doctype html><title>404</title><h1>Page not found</h1>',
  tagged: false,
};

const challengePage =
  '<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title><meta name="robots" content="noindex,nofollow">' +
  '</head><body><div class="main-wrapper"><h1>example</h1><p>Performing security verification</p><noscript>Enable JavaScript ' +
  'and cookies to continue</noscript></div><script>(function(){window._cf_chl_opt={cvId:"3"}})();</script></body></html>';

function moody(mood: Mood, url: URL): Answer | undefined {
  if (mood.robots !== undefined && url.pathname === '/robots.txt') {
    return { mediaType: 'text/plain; charset=utf-8', body: mood.robots };
  }
  if (url.pathname === '/robots.txt') return undefined;
  if (mood.refusals !== undefined && mood.refusals.left > 0) {
    mood.refusals.left -= 1;
    const headers = { 'retry-after': String(mood.refusals.retryAfterSeconds) };
    return { status: 429, headers, body: 'Too Many Requests', tagged: false };
  }
  if (mood.challenge === true) {
    return {
      status: 403,
      headers: { 'cf-mitigated': 'challenge', server: 'cloudflare' },
      body: challengePage,
      tagged: false,
    };
  }
  return undefined;
}

function visitOf(url: URL, request: IncomingMessage): Visit {
  const cookies = new Map<string, string>();
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const [name = '', value = ''] = pair.split(/=(.*)/s);
    if (name.trim() !== '') cookies.set(name.trim(), value.trim());
  }
  return { url, method: request.method ?? 'GET', headers: request.headers, cookies, text: () => text(request) };
}

/** @returns the status it was sent with */
function send(answer: Answer, request: IncomingMessage, response: ServerResponse): number {
  const { status = 200, mediaType = html, changedAt, tagged = true } = answer;
  const body = Buffer.from(answer.body);
  const headers = new Headers({ 'content-type': mediaType });
  for (const [name, values] of Object.entries(answer.headers ?? {})) {
    for (const value of typeof values === 'string' ? [values] : values) headers.append(name, value);
  }
  if (changedAt !== undefined) headers.set('last-modified', changedAt.toUTCString());
  const etag = `W/"${createHash('sha1').update(body).digest('base64url')}"`;
  const validated = tagged && status === 200;
  if (validated) headers.set('etag', etag);
  response.setHeaders(headers);
  if (validated && isKnown(request.headers, etag, changedAt)) {
    response.removeHeader('content-type');
    response.writeHead(304).end();
    return 304;
  }
  response.setHeader('content-length', body.length);
  response.writeHead(status).end(request.method === 'HEAD' ? undefined : body);
  return status;
}

/** If-Modified-Since counts only without If-None-Match (RFC 9110, section 13.1.3). */
function isKnown(headers: IncomingHttpHeaders, etag: string, changedAt: Date | undefined): boolean {
  const known = headers['if-none-match'];
  if (known !== undefined) return known.split(/,\s*/).includes(etag);
  const since = Date.parse(headers['if-modified-since'] ?? '');
  return changedAt !== undefined && Math.floor(changedAt.getTime() / 1000) * 1000 <= since;
}
