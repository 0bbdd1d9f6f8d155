import { request as ask, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

export interface ProxiedRequest {
  /** As it stands in the request line: `blog.example:443` for CONNECT, the whole URL otherwise. */
  readonly method: string;
  readonly target: string;
  readonly authorization: string | undefined;
}

/** A proxy that knows every name as a server on the loopback: host name → port. Names it does not know are refused. */
export class ReplicaProxy implements AsyncDisposable {
  readonly port: number;
  readonly requests: readonly ProxiedRequest[];
  readonly #close: () => Promise<void>;

  private constructor(port: number, requests: readonly ProxiedRequest[], close: () => Promise<void>) {
    this.port = port;
    this.requests = requests;
    this.#close = close;
  }

  /** @param authorization what it asks for as `Proxy-Authorization`, if anything */
  static async start(ports: Readonly<Record<string, number>>, authorization?: string): Promise<ReplicaProxy> {
    const requests: ProxiedRequest[] = [];
    const sockets = new Set<Socket>();
    const portFor = ({ method = '', url = '', headers }: IncomingMessage, host: string): number | 407 | 502 => {
      requests.push({ method, target: url, authorization: headers['proxy-authorization'] });
      return headers['proxy-authorization'] === authorization ? (ports[host] ?? 502) : 407;
    };
    const server = createServer((request, response) => forward(request, response, portFor));
    server.on('connect', (request: IncomingMessage, socket: Socket) => {
      const port = portFor(request, (request.url ?? '').split(':', 1)[0] ?? '');
      socket.on('error', () => socket.destroy());
      if (port === 407 || port === 502) {
        socket.end(`HTTP/1.1 ${port} No\r\n\r\n`);
        return;
      }
      const target = connect(port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        target.pipe(socket).pipe(target);
      });
      target.on('error', () => socket.destroy());
      socket.on('close', () => target.destroy());
    });
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const close = () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      });
    return new ReplicaProxy((server.address() as AddressInfo).port, requests, close);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }
}

function forward(
  request: IncomingMessage,
  response: ServerResponse,
  portFor: (request: IncomingMessage, host: string) => number,
): void {
  const url = URL.parse(request.url ?? '');
  const port = portFor(request, url?.hostname ?? '');
  if (url === null || port === 407 || port === 502) {
    response.writeHead(port === 407 ? 407 : 502).end();
    return;
  }
  const { 'proxy-authorization': _, ...headers } = request.headers;
  const path = `${url.pathname}${url.search}`;
  const forwarded = ask({ host: '127.0.0.1', port, path, method: request.method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  forwarded.on('error', () => response.destroy());
  request.pipe(forwarded);
}
