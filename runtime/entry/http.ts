import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { SiteCredential } from '../adapters/http/credentials.ts';
import type { HttpFetcher } from '../adapters/http/http-fetcher.ts';
import type { ProxyOptions } from '../adapters/http/proxied-agent.ts';
import { Misconfigured, messageOf } from '../domain/errors.ts';
import type { Fetcher } from '../ports/fetcher.ts';
import type { HostRegistry } from '../ports/host-registry.ts';
import type { HostResolver } from '../ports/host-resolver.ts';
import type { Politeness } from '../ports/politeness.ts';
import type { CrawlConfig, SiteCredentials } from './crawl-config.ts';

/** Made for programs, under terms of their own: what their robots.txt keeps out is search engines. */
const documentedApis = ['api.github.com'];

/** How this process asks the web: whoever does it otherwise than through the fetcher goes through the politeness. */
export interface Http {
  readonly fetcher: Pick<Fetcher, 'fetch'>;
  readonly politeness: Politeness;
  readonly userAgent: string;
  readonly proxy: ProxyOptions | undefined;
}

export interface HttpParts {
  readonly hosts: HostRegistry;
  /** Guards the addresses, unless there is a proxy. */
  readonly resolver: HostResolver;
  /** Gets what has to be closed. */
  readonly stack: AsyncDisposableStack;
}

/**
 * The HTTP client takes a while to load, and many a process never fetches a page: it is loaded with the first one.
 * @throws Misconfigured when CRAWL_PROXY_CA names no certificate
 */
export async function openHttp(config: CrawlConfig, parts: HttpParts): Promise<Http> {
  const proxy = await proxyOf(config);
  const userAgent = userAgentOf(config);
  let opened: ReturnType<typeof load> | undefined;
  const open = () => {
    opened ??= load(config, { proxy, userAgent }, parts);
    return opened;
  };
  return {
    proxy,
    userAgent,
    fetcher: { fetch: async (url, request) => await (await open()).fetcher.fetch(url, request) },
    politeness: {
      schedule: async (url, signal, task) => await (await open()).politeness.schedule(url, signal, task),
    },
  };
}

async function load(
  config: CrawlConfig,
  { proxy, userAgent }: Pick<Http, 'proxy' | 'userAgent'>,
  { hosts: registry, resolver, stack }: HttpParts,
): Promise<{ readonly fetcher: HttpFetcher; readonly politeness: Politeness }> {
  const [{ HttpFetcher }, { HostTurns }, { HostPoliteness }] = await Promise.all([
    import('../adapters/http/http-fetcher.ts'),
    import('../adapters/http/host-turns.ts'),
    import('../adapters/http/host-politeness.ts'),
  ]);
  const { allowPrivate, timeoutMs, intervalMs, hostConcurrency: concurrency } = config;
  const common = {
    ...(proxy === undefined ? { resolver } : { allowPrivate, proxy }),
    userAgent,
    timeouts: { headersMs: timeoutMs, bodyMs: timeoutMs },
  };
  const turns = new HostTurns({ registry, intervalMs, concurrency });
  const robotsFetcher = stack.use(new HttpFetcher({ ...common, politeness: turns }));
  const politeness = new HostPoliteness({
    turns,
    registry,
    fetcher: robotsFetcher,
    userAgent,
    exempt: exemptOf(config),
  });
  const credentials = credentialsOf(config.credentials);
  return { fetcher: stack.use(new HttpFetcher({ ...common, politeness, credentials })), politeness };
}

/** Who opted in to have their own LinkedIn profile crawled did so knowing that LinkedIn's robots.txt forbids all crawlers. */
function exemptOf({ robotsExempt, linkedin }: CrawlConfig): readonly string[] {
  return [...documentedApis, ...(linkedin.ownProfile ? ['www.linkedin.com'] : []), ...robotsExempt];
}

function userAgentOf({ userAgent, contact }: CrawlConfig): string {
  return userAgent ?? `Twinstream/0.1${contact === undefined ? '' : ` (+${contact})`}`;
}

async function proxyOf({ proxy: url, proxyAuthority: file }: CrawlConfig): Promise<ProxyOptions | undefined> {
  if (url === undefined) return undefined;
  return { url, authority: file === undefined ? undefined : await certificateIn(file) };
}

async function certificateIn(file: string): Promise<string> {
  try {
    const pem = await readFile(file, 'utf8');
    // Said now rather than at the first connection, and TLS would pass over what is no certificate in silence.
    new X509Certificate(pem);
    return pem;
  } catch (cause) {
    throw new Misconfigured(`CRAWL_PROXY_CA takes a PEM file with a certificate; ${file}: ${messageOf(cause)}`, {
      cause,
    });
  }
}

/** Those for LinkedIn are no request's: its signed-in browser has them, where LINKEDIN_CRAWL allows it one. */
function credentialsOf({ mediumCookies, substackCookies, githubToken }: SiteCredentials) {
  const credentials: SiteCredential[] = [];
  const cookies = [
    ['medium.com', mediumCookies],
    ['substack.com', substackCookies],
  ] as const;
  for (const [domain, value] of cookies) {
    if (value !== undefined) credentials.push({ domain, header: 'cookie', value });
  }
  if (githubToken !== undefined) {
    credentials.push({ domain: 'api.github.com', header: 'authorization', value: `Bearer ${githubToken}` });
  }
  return credentials;
}
