import { delimiter, resolve } from 'node:path';
import * as z from 'zod';
import { Misconfigured } from '../domain/errors.ts';

const integer = (least: number, most: number) => {
  const accepted = `a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d+$/, accepted)
    .transform(Number)
    .pipe(z.number().min(least, accepted).max(most, accepted));
};

const onOff = z.enum(['0', '1'], '0 or 1').transform((value) => value === '1');

const queueUrl = z.url({ protocol: /^https?$/, error: 'the https URL of an SQS FIFO queue', abort: true });

const queueName = queueUrl.refine((url) => url.endsWith('.fifo'), 'a FIFO queue: its URL ends with .fifo');

const userAgent = z.string().regex(/^[\x20-\x7e]{1,200}$/, 'at most 200 printable ASCII characters');

/** As a browser shows them: `name=value; name=value`. */
const cookies = z
  .string()
  .regex(
    /^[^=;\s]+=[^;\s]*(?:;\s*[^=;\s]+=[^;\s]*)*;?\s*$/,
    'cookies as a browser shows them, "name=value; name=value"',
  );

const hostNames = z
  .string()
  .regex(/^[^\s,/:]+(?:\s*,\s*[^\s,/:]+)*$/, 'host names with commas between them, "blog.example, www.example.org"')
  .transform((names) => names.toLowerCase().split(/\s*,\s*/));

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'silent'] as const;

/** Every variable that Twinstream reads (the AWS client reads its own, AWS_REGION and so on), beside the field it becomes. An empty variable is an unset one. */
const environment = z.object({
  TWIN_HOME: z.string().optional(),
  TWIN_AUTHOR: z.string().optional(),
  TWIN_CONTACT: z.string().optional(),
  TWIN_ALLOW_PRIVATE: onOff.default(false),
  CRAWL_QUEUE_URL: queueName.optional(),
  CHANGE_QUEUE_URL: queueName.optional(),
  MONGODB_URI: z.undefined('nothing: this version keeps raw documents in the workspace only').optional(),
  QDRANT_URL: z.undefined('nothing: this version keeps features in the workspace only').optional(),
  EMBEDDER: z.enum(['hashing'], '"hashing"').default('hashing'),
  CRAWL_CONCURRENCY: integer(1, 256).default(10),
  INDEX_CONCURRENCY: integer(1, 256).default(32),
  MAX_ATTEMPTS: integer(1, 100).default(3),
  FETCH_TIMEOUT_MS: integer(100, 600_000).default(15_000),
  TWIN_USER_AGENT: userAgent.optional(),
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
  GITHUB_TOKEN: z.string().optional(),
  GITHUB_FORKS: onOff.default(false),
  GITHUB_ARCHIVED: onOff.default(false),
  BROWSERS: integer(1, 16).default(2),
  BROWSER_PAGES: integer(1, 10_000).default(100),
  BROWSER_MEMORY_MB: integer(200, 100_000).default(1_500),
  LOG_LEVEL: z.enum(logLevels, logLevels.join(', ')).optional(),
  CHROME_BINARY: z.string().optional(),
  CHROMEDRIVER: z.string().optional(),
  PATH: z.string().default(''),
  npm_lifecycle_event: z.string().optional(),
  INIT_CWD: z.string().optional(),
});

export interface SqsConfig {
  readonly kind: 'sqs';
  readonly crawlUrl: string;
  readonly changeUrl: string;
}

/** What is sent to one site, and to no other. */
export interface SiteCredentials {
  readonly mediumCookies: string | undefined;
  readonly substackCookies: string | undefined;
  readonly linkedinCookies: string | undefined;
  readonly githubToken: string | undefined;
}

export interface BrowserConfig {
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
  readonly proxy: string | undefined;
  /** PEM file of the authority that signs for a proxy which reads TLS. */
  readonly proxyAuthority: string | undefined;
  /** Whose owner has allowed what their robots.txt does not. */
  readonly robotsExempt: readonly string[];
  readonly credentials: SiteCredentials;
  readonly browser: BrowserConfig;
  readonly linkedin: { readonly ownProfile: boolean; readonly login: LinkedinLogin | undefined };
  readonly github: { readonly forks: boolean; readonly archived: boolean };
}

export interface LinkedinLogin {
  readonly username: string;
  readonly password: string;
}

export interface Config {
  /** Absolute. */
  readonly home: string;
  /** Who is taken to have written what is ingested without `--author`. */
  readonly author: string | undefined;
  readonly crawl: CrawlConfig;
  readonly queues: { readonly kind: 'embedded' } | SqsConfig;
  readonly embedder: 'hashing';
  readonly crawlConcurrency: number;
  readonly indexConcurrency: number;
  readonly maxAttempts: number;
  readonly logLevel: (typeof logLevels)[number] | undefined;
  readonly searchPath: readonly string[];
  /** Where paths on the command line start: `npm run` changes the working directory and says what it was. */
  readonly startFolder: string;
}

/** @throws Misconfigured naming each variable that is wrong, what it got and what it takes */
export function configFrom(variables: Readonly<Record<string, string | undefined>>): Config {
  const set = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = environment.safeParse(set);
  if (!parsed.success) {
    throw new Misconfigured(
      parsed.error.issues
        .map((issue) => {
          const name = String(issue.path[0]);
          return `${name} is ${JSON.stringify(shown(name, set[name]))}, but takes ${issue.message}`;
        })
        .join('\n'),
    );
  }
  const values = parsed.data;
  const startFolder = (values.npm_lifecycle_event === 'twin' ? values.INIT_CWD : undefined) ?? process.cwd();
  const { CRAWL_QUEUE_URL: crawlUrl, CHANGE_QUEUE_URL: changeUrl } = values;
  if ((crawlUrl === undefined) !== (changeUrl === undefined)) {
    throw new Misconfigured(
      'CRAWL_QUEUE_URL and CHANGE_QUEUE_URL go together: set both, or neither to embed the queues',
    );
  }
  return {
    home: values.TWIN_HOME === undefined ? resolve('.twin') : resolve(startFolder, values.TWIN_HOME),
    author: values.TWIN_AUTHOR,
    crawl: crawlConfigOf(values, startFolder),
    queues:
      crawlUrl === undefined || changeUrl === undefined ? { kind: 'embedded' } : { kind: 'sqs', crawlUrl, changeUrl },
    embedder: values.EMBEDDER,
    crawlConcurrency: values.CRAWL_CONCURRENCY,
    indexConcurrency: values.INDEX_CONCURRENCY,
    maxAttempts: values.MAX_ATTEMPTS,
    logLevel: values.LOG_LEVEL,
    searchPath: values.PATH.split(delimiter),
    startFolder,
  };
}

function crawlConfigOf(values: z.infer<typeof environment>, startFolder: string): CrawlConfig {
  const { LINKEDIN_USERNAME: username, LINKEDIN_PASSWORD: password, CRAWL_PROXY_CA: authority } = values;
  if ((username === undefined) !== (password === undefined)) {
    throw new Misconfigured('LINKEDIN_USERNAME and LINKEDIN_PASSWORD go together: set both or neither');
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

/** A connection string may carry a password, and one that is malformed may carry it anywhere before the last `@`. */
function shown(name: string, value = ''): string {
  if (/COOKIES|TOKEN|PASSWORD/.test(name)) return '***';
  return /_(?:URI|URL|PROXY)$/.test(name) ? value.replace(/^([a-z+]+:\/\/)?.*@/is, '$1***@') : value;
}
