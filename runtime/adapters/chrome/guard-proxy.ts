import { once } from 'node:events';
import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as requestOver,
  type Server,
  type ServerResponse,
} from 'node:http';
import { connect, isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { messageOf, RejectedInput, TransientError } from '../../domain/errors.ts';
import type { HostResolver } from '../../ports/host-resolver.ts';
import { UpstreamProxy, type UpstreamProxyOptions } from './upstream-proxy.ts';

export interface GuardProxyOptions {
  readonly resolver: HostResolver;
  /** Until a connection stands. */
  readonly connectMs: number;
  /** What all connections go through in turn. */
  readonly upstream?: UpstreamProxyOptions | undefined;
}

const maxRemembered = 1_000;
/** Of one connection only (RFC 9110, 7.6.1), or meant for the proxy. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** What browsers ask of their own accord, whatever switches say: updates, the time, accounts, the page of a new tab. */
const hostsOfTheBrowser = new Set([
  'accounts.google.com',
  'clients2.google.com',
  'content-autofill.googleapis.com',
  'optimizationguide-pa.googleapis.com',
  'safebrowsing.googleapis.com',
  'start.duckduckgo.com',
  'update.googleapis.com',
]);

interface Place {
  readonly hostname: string;
  readonly port: number;
}

/**
 * A proxy on the loopback, which is the only way from a browser to the network: pages, what they load and WebSockets. It
 * connects only to addresses that the resolver gives out.
 */
export class GuardProxy implements AsyncDisposable {
  readonly port: number;
  readonly #server: Server;
  readonly #resolver: HostResolver;
  readonly #connectMs: number;
  readonly #upstream: UpstreamProxy | undefined;
  readonly #agent = new Agent({ keepAlive: true, maxFreeSockets: 32, timeout: 30_000 });
  readonly #sockets = new Set<Duplex>();
  /** Host and port → why it could not be reached the last time. */
  readonly #failures = new Map<string, RejectedInput | TransientError>();

  private constructor(server: Server, port: number, options: GuardProxyOptions) {
    this.port = port;
    this.#server = server;
    this.#resolver = options.resolver;
    this.#connectMs = options.connectMs;
    this.#upstream = options.upstream === undefined ? undefined : new UpstreamProxy(options.upstream);
    server.on('connection', (socket) => this.#track(socket));
    server.on('request', (request, response) => void this.#forward(request, response));
    server.on('connect', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      void this.#tunnel(request, socket, head);
    });
  }

  static async start(options: GuardProxyOptions): Promise<GuardProxy> {
    const server = createServer({ requestTimeout: 0 });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new TransientError('the guard proxy has no port');
    return new GuardProxy(server, address.port, options);
  }

  /** Why the host of a link could not be reached the last time; undefined when it could. */
  failureOf(url: URL): RejectedInput | TransientError | undefined {
    return this.#failures.get(keyOf(placeOf(url)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#agent.destroy();
    await closed;
  }

  async #tunnel(request: IncomingMessage, client: Duplex, head: Buffer): Promise<void> {
    const url = URL.parse(`https://${request.url ?? ''}/`);
    try {
      if (url === null || url.pathname !== '/') throw new RejectedInput('bad_link', 'it is not a host and a port');
      const remote = await this.#reach(placeOf(url));
      this.#track(remote);
      client.once('close', () => remote.destroy());
      remote.once('close', () => client.destroy());
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      if (head.length > 0) remote.write(head);
      client.pipe(remote).pipe(client);
    } catch {
      client.end('HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
    }
  }

  /** A request for an http: link. What fails is cut off, so that no answer of the proxy is taken for one of the site. */
  async #forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = URL.parse(request.url ?? '');
    if (url?.protocol !== 'http:') {
      response.writeHead(400, { connection: 'close' }).end();
      return;
    }
    const place = placeOf(url);
    const abort = new AbortController();
    response.once('close', () => abort.abort());
    try {
      const target = await this.#target(url, place);
      const outgoing = requestOver({
        ...target,
        method: request.method,
        headers: { ...endToEnd(request.headers), ...target.headers },
        signal: abort.signal,
        setHost: false,
      });
      request.pipe(outgoing);
      const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
      outgoing.on('error', () => response.destroy());
      this.#failures.delete(keyOf(place));
      response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
      answer.pipe(response);
      answer.once('close', () => answer.complete || response.destroy());
    } catch (error) {
      if (!abort.signal.aborted) this.#remember(place, error);
      response.destroy();
    }
  }

  async #target(url: URL, place: Place) {
    const { hostname, port } = place;
    refuseOwnTraffic(hostname);
    const path = `${url.pathname}${url.search}`;
    if (this.#upstream !== undefined) {
      await this.#check(hostname);
      const socket = await this.#upstream.open(AbortSignal.timeout(this.#connectMs));
      this.#track(socket);
      return { createConnection: () => socket, path: url.href, headers: this.#upstream.headers };
    }
    const addresses = await this.#resolver.resolve(hostname, AbortSignal.timeout(this.#connectMs));
    return { agent: this.#agent, host: bare(hostname), port, path, lookup: lookupIn(addresses), headers: {} };
  }

  async #reach(place: Place): Promise<Socket> {
    try {
      const signal = AbortSignal.timeout(this.#connectMs);
      const remote = await this.#connection(place, signal);
      this.#failures.delete(keyOf(place));
      return remote;
    } catch (error) {
      throw this.#remember(place, error);
    }
  }

  async #connection({ hostname, port }: Place, signal: AbortSignal): Promise<Socket> {
    refuseOwnTraffic(hostname);
    if (this.#upstream !== undefined) {
      await this.#check(hostname);
      return await this.#upstream.tunnel(hostname, port, signal);
    }
    const addresses = await this.#resolver.resolve(hostname, signal);
    const socket = connect({ host: bare(hostname), port, autoSelectFamily: true, lookup: lookupIn(addresses) });
    try {
      await once(socket, 'connect', { signal });
      return socket;
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  /** The proxy upstream resolves names itself; those that only it knows are left to it. */
  async #check(hostname: string): Promise<void> {
    try {
      await this.#resolver.resolve(hostname, AbortSignal.timeout(this.#connectMs));
    } catch (error) {
      if (error instanceof RejectedInput && error.reason === 'forbidden_address') throw error;
    }
  }

  #remember(place: Place, error: unknown): RejectedInput | TransientError {
    const failure =
      error instanceof RejectedInput || error instanceof TransientError
        ? error
        : new TransientError(`${place.hostname} cannot be reached (${messageOf(error)})`, { cause: error });
    const [oldest] = this.#failures.keys();
    if (this.#failures.size >= maxRemembered && oldest !== undefined) this.#failures.delete(oldest);
    this.#failures.set(keyOf(place), failure);
    return failure;
  }

  #track(socket: Duplex): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    // Either side may hang up at any time.
    socket.on('error', () => socket.destroy());
  }
}

function refuseOwnTraffic(hostname: string): void {
  if (!hostsOfTheBrowser.has(hostname)) return;
  throw new RejectedInput('forbidden_address', `${hostname} is asked by browsers themselves, and is no page to read`);
}

function placeOf(url: URL): Place {
  const isPlain = url.protocol === 'http:' || url.protocol === 'ws:';
  return { hostname: url.hostname, port: url.port === '' ? (isPlain ? 80 : 443) : Number(url.port) };
}

function keyOf({ hostname, port }: Place): string {
  return `${hostname}:${port}`;
}

function bare(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/s, '$1');
}

type LookupCallback = (
  error: Error | null,
  address: string | { address: string; family: number }[],
  family?: number,
) => void;

/** Connects to the very addresses that were checked, whatever a second look-up would say. */
function lookupIn(addresses: readonly string[]) {
  const found = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_hostname: string, options: { readonly all?: boolean | undefined }, callback: LookupCallback): void => {
    const [first] = found;
    if (options.all === true || first === undefined) callback(null, found);
    else callback(null, first.address, first.family);
  };
}

function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const dropped = new Set((headers.connection ?? '').toLowerCase().split(/\s*,\s*/));
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !hopByHop.has(name) && !dropped.has(name)));
}
