import { getCACertificates } from 'node:tls';
import { Pool, ProxyAgent } from 'undici';
import type { AgentTimeouts } from './guarded-agent.ts';

export interface ProxyOptions {
  /** `http://user:password@proxy.example:3128`; https as well. */
  readonly url: string;
  /** PEM: trusted beside what Node trusts, for a proxy that reads TLS. */
  readonly authority?: string | undefined;
}

/** Sends everything through a proxy, which is who resolves names: https through a tunnel (CONNECT), http as it is. */
export function proxiedAgent({ url, authority }: ProxyOptions, timeouts: AgentTimeouts): ProxyAgent {
  const trusted = authority === undefined ? {} : { ca: [...getCACertificates('default'), authority] };
  const tls = { ...trusted, timeout: timeouts.connectMs, allowH2: false };
  return new ProxyAgent({
    uri: url,
    headersTimeout: timeouts.headersMs,
    bodyTimeout: timeouts.bodyMs,
    requestTls: tls,
    proxyTls: tls,
    // Of the tunnel itself.
    clientFactory: (origin, options) => new Pool(origin, { ...options, headersTimeout: timeouts.connectMs }),
  });
}
