import { once } from 'node:events';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, rootCertificates } from 'node:tls';
import { TransientError } from '../../domain/errors.ts';

export interface UpstreamProxyOptions {
  /** `http:` or `https:`, with user name and password when it asks for them. */
  readonly url: string;
  /** PEM of the authority that signs for it, beside the well-known ones. */
  readonly authority?: string | undefined;
}

/** The proxy that a person has configured. */
export class UpstreamProxy {
  /** What it wants to see before it lets anything through. */
  readonly headers: Readonly<Record<string, string>>;
  readonly #url: URL;
  readonly #authority: string | undefined;

  constructor({ url, authority }: UpstreamProxyOptions) {
    this.#url = new URL(url);
    this.#authority = authority;
    const { username, password } = this.#url;
    const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    this.headers =
      username === '' ? {} : { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` };
  }

  async open(signal: AbortSignal): Promise<Socket> {
    const { protocol, hostname, port } = this.#url;
    const host = hostname.replace(/^\[(.*)\]$/s, '$1');
    const isTls = protocol === 'https:';
    const place = { host, port: port === '' ? (isTls ? 443 : 80) : Number(port) };
    const ca = this.#authority === undefined ? [...rootCertificates] : [...rootCertificates, this.#authority];
    const socket = isTls ? connectTls({ ...place, servername: host, ca }) : connect(place);
    try {
      await once(socket, isTls ? 'secureConnect' : 'connect', { signal });
      return socket;
    } catch (error) {
      socket.destroy();
      throw new TransientError(`the proxy at ${this.#url.host} cannot be reached`, { cause: error });
    }
  }

  /** @throws TransientError when the proxy does not connect to there */
  async tunnel(hostname: string, port: number, signal: AbortSignal): Promise<Socket> {
    const socket = await this.open(signal);
    const path = `${hostname}:${port}`;
    const asked = request({
      method: 'CONNECT',
      path,
      headers: { host: path, ...this.headers },
      createConnection: () => socket,
    });
    asked.end();
    try {
      const [{ statusCode }] = (await once(asked, 'connect', { signal })) as [{ readonly statusCode: number }];
      if (statusCode !== 200)
        throw new TransientError(`the proxy at ${this.#url.host} answers ${statusCode} for ${path}`);
      return socket;
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }
}
