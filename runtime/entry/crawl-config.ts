import { resolve } from 'node:path';
import * as z from 'zod';
import { Misconfigured } from '../domain/errors.ts';
import { integer, onOff } from './config-values.ts';

/** Whatever is sent in a header has to be ASCII. */
const printable = z.string().regex(/^[ -~]{1,200}$/, 'at most 200 printable ASCII characters');

const token = z.string().regex(/^[!-~]+$/, 'a token: printable ASCII characters without spaces');

/** As a browser shows them: `name=value; name=value`. */
const cookies = z
  .string()
  .regex(
    /^[!-:<>-~]+=[!-:<-~]*(?:; *[!-:<>-~]+=[!-:<-~]*)*;? *$/,
    'cookies as a browser shows them, "name=value; name=value"',
  );

const hostNames = z
  .string()
  .regex(/^[^\s,/:]+(?:\s*,\s*[^\s,/:]+)*$/, 'host names with commas between them, "blog.example, www.example.org"')
  .transform((names) => names.toLowerCase().split(/\s*,\s*/));

/** The variables that say how, and as whom, the web is crawled. */
export const crawlVariables = z.object({
  TWIN_CONTACT: printable.optional(),
  TWIN_ALLOW_PRIVATE: onOff.default(false),
  FETCH_TIMEOUT_MS: integer(100, 600_000).default(15_000),
  TWIN_USER_AGENT: printable.optional(),
  CRAWL_INTERVAL_MS: integer(0, 600_000).default(1_000),
  CRAWL_HOST_CONCURRENCY: integer(1, 64).default(1),
  CRAWL_PROXY: z.url({ protocol: /^https?$/, error: 'the http URL of a proxy' }).optional(),
  CRAWL_PROXY_CA: z.string().optional(),
  ROBOTS_EXEMPT_HOSTS: hostNames.default([]),
  MEDIUM_COOKIES: cookies.optional(),
  SUBSTACK_COOKIES: cookies.optional(),
  LINKEDIN_COOKIES: cookies.optional(),
  LINKEDIN_CRAWL: z
    .enum(['own-profile'], '"own-profile", which is to say that you have read the user agreement')
    .optional(),
  LINKEDIN_USERNAME: z.string().optional(),
  LINKEDIN_PASSWORD: z.string().optional(),
  GITHUB_TOKEN: token.optional(),
  GITHUB_FORKS: onOff.default(false),
  GITHUB_ARCHIVED: onOff.default(false),
  BROWSERS: integer(1, 16).default(2),
  BROWSER_PAGES: integer(1, 10_000).default(100),
  BROWSER_MEMORY_MB: integer(200, 100_000).default(1_500),
  CHROME_BINARY: z.string().optional(),
  CHROMEDRIVER: z.string().optional(),
});

/** What is sent to one site, and to no other. */
export interface SiteCredentials {
  readonly mediumCookies: string | undefined;
  readonly substackCookies: string | undefined;
  readonly linkedinCookies: string | undefined;
  readonly githubToken: string | undefined;
}

interface BrowserConfig {
  /** Default: as found on PATH. */
  readonly binary: string | undefined;
  readonly driver: string | undefined;
  /** At once. */
  readonly browsers: number;
  /** After so many pages, or above so much memory, a browser is replaced by a fresh one. */
  readonly pagesEach: number;
  readonly megabytesEach: number;
}

export interface CrawlConfig {
  /** Default: Twinstream's own, with `contact`. */
  readonly userAgent: string | undefined;
  /** Named in the user agent, so that a site's owner knows whom to write to. */
  readonly contact: string | undefined;
  readonly allowPrivate: boolean;
  readonly timeoutMs: number;
  /** Least time between two requests to one host; its robots.txt may ask for more. */
  readonly intervalMs: number;
  /** Requests to one host at once. */
  readonly hostConcurrency: number;
  /** With a user name and password where it asks for them. */
  readonly proxy: string | undefined;
  /** PEM file, absolute: the authority that signs for a proxy which reads TLS. */
  readonly proxyAuthority: string | undefined;
  /** Whose owner has allowed what their robots.txt does not. */
  readonly robotsExempt: readonly string[];
  readonly credentials: SiteCredentials;
  readonly browser: BrowserConfig;
  readonly linkedin: { readonly ownProfile: boolean; readonly login: LinkedinLogin | undefined };
  readonly github: { readonly forks: boolean; readonly archived: boolean };
}

interface LinkedinLogin {
  readonly username: string;
  readonly password: string;
}

export function crawlConfigOf(values: z.infer<typeof crawlVariables>, startFolder: string): CrawlConfig {
  const { LINKEDIN_USERNAME: username, LINKEDIN_PASSWORD: password, CRAWL_PROXY_CA: authority } = values;
  if ((username === undefined) !== (password === undefined)) {
    throw new Misconfigured('LINKEDIN_USERNAME and LINKEDIN_PASSWORD go together: set both or neither');
  }
  if (authority !== undefined && values.CRAWL_PROXY === undefined) {
    throw new Misconfigured('CRAWL_PROXY_CA is the authority of a proxy: set CRAWL_PROXY with it, or neither');
  }
  return {
    userAgent: values.TWIN_USER_AGENT,
    contact: values.TWIN_CONTACT,
    allowPrivate: values.TWIN_ALLOW_PRIVATE,
    timeoutMs: values.FETCH_TIMEOUT_MS,
    intervalMs: values.CRAWL_INTERVAL_MS,
    hostConcurrency: values.CRAWL_HOST_CONCURRENCY,
    proxy: values.CRAWL_PROXY,
    proxyAuthority: authority === undefined ? undefined : resolve(startFolder, authority),
    robotsExempt: values.ROBOTS_EXEMPT_HOSTS,
    credentials: {
      mediumCookies: values.MEDIUM_COOKIES,
      substackCookies: values.SUBSTACK_COOKIES,
      linkedinCookies: values.LINKEDIN_COOKIES,
      githubToken: values.GITHUB_TOKEN,
    },
    browser: {
      binary: values.CHROME_BINARY,
      driver: values.CHROMEDRIVER,
      browsers: values.BROWSERS,
      pagesEach: values.BROWSER_PAGES,
      megabytesEach: values.BROWSER_MEMORY_MB,
    },
    linkedin: {
      ownProfile: values.LINKEDIN_CRAWL === 'own-profile',
      login: username === undefined || password === undefined ? undefined : { username, password },
    },
    github: { forks: values.GITHUB_FORKS, archived: values.GITHUB_ARCHIVED },
  };
}
