import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server, Socket } from 'node:net';

export interface Reply {
  /** Default: 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array;
}

/** A fixed reply, or whatever a function does with the request: a reply it returns is sent, else it answers itself. */
export type Route =
  | Reply
  | ((request: IncomingMessage, response: ServerResponse) => Reply | undefined | Promise<Reply | undefined>);

export interface RecordedRequest {
  readonly method: string;
  /** Path and query, as sent. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** 0 for the first connection of the server, 1 for the next, …: equal where a connection was used again. */
  readonly connection: number;
}

export interface ReplicaOptions {
  /** Path (without query) → what it answers. Anything else answers 404. */
  readonly routes?: Readonly<Record<string, Route>>;
  /** PEM; with it the server speaks https. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** A web server on a free port of the loopback, whose routes may change while it runs and which remembers what it was asked. */
export class ReplicaServer implements AsyncDisposable {
  /** Without a path: `http://127.0.0.1:49152`. */
  readonly origin: string;
  readonly port: number;
  readonly routes: Map<string, Route>;
  readonly requests: readonly RecordedRequest[];
  readonly #server: Server;
  readonly #sockets: ReadonlySet<Socket>;

  private constructor(
    origin: string,
    state: { server: Server; routes: Map<string, Route>; requests: RecordedRequest[]; sockets: Set<Socket> },
  ) {
    this.origin = origin;
    this.port = Number(new URL(origin).port);
    this.#server = state.server;
    this.#sockets = state.sockets;
    this.routes = state.routes;
    this.requests = state.requests;
  }

  static async start(options: ReplicaOptions = {}): Promise<ReplicaServer> {
    const routes = new Map(Object.entries(options.routes ?? {}));
    const requests: RecordedRequest[] = [];
    const sockets = new Set<Socket>();
    const connections = new WeakMap<Socket, number>();
    let connectionCount = 0;
    const listener: RequestListener = (request, response) => {
      const path = request.url ?? '/';
      requests.push({
        method: request.method ?? 'GET',
        path,
        headers: request.headers,
        connection: connections.get(request.socket) ?? -1,
      });
      answer(routes.get(path.replace(/\?.*$/s, '')), request, response).catch((error: unknown) => {
        response.destroy(error instanceof Error ? error : new Error(String(error)));
      });
    };
    const server = options.tls === undefined ? createServer(listener) : createTlsServer(options.tls, listener);
    server.on(options.tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
      connections.set(socket, connectionCount++);
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      // A client that hangs up in the middle is what many tests are about.
      socket.on('error', () => socket.destroy());
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    const { port } = server.address() as AddressInfo;
    const origin = `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`;
    return new ReplicaServer(origin, { server, routes, requests, sockets });
  }

  /** @param path starts with `/` */
  url(path: string): string {
    return `${this.origin}${path}`;
  }

  /** How many requests for this path (with its query, if it has one) have come. */
  hits(path: string): number {
    return this.requests.filter((request) => request.path === path).length;
  }

  /** How many connections are open now. */
  get openConnections(): number {
    return this.#sockets.size;
  }

  /** Ends every connection, whatever it is doing. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) {
      socket.destroy();
    }
    await closed;
  }
}

async function answer(route: Route | undefined, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const reply =
    route === undefined
      ? { status: 404, body: 'Not found' }
      : typeof route === 'function'
        ? await route(request, response)
        : route;
  if (reply === undefined) {
    return;
  }
  const body = Buffer.from(reply.body ?? '');
  response.writeHead(reply.status ?? 200, {
    ...(typeof reply.body === 'string' ? { 'content-type': 'text/html; charset=utf-8' } : {}),
    'content-length': body.length,
    ...reply.headers,
  } as Record<string, string | number | string[]>);
  response.end(body);
}

/** A whole HTML page around `body`. */
export function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><title>${title}</title></head><body>${body}</body></html>`;
}
