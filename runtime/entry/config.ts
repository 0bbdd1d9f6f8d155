import { delimiter, resolve } from 'node:path';
import * as z from 'zod';
import { Misconfigured } from '../domain/errors.ts';
import { integer } from './config-values.ts';
import { type CrawlConfig, crawlConfigOf, crawlVariables } from './crawl-config.ts';

const queueUrl = z.url({ protocol: /^https?$/, error: 'the https URL of an SQS FIFO queue', abort: true });

const queueName = queueUrl.refine((url) => url.endsWith('.fifo'), 'a FIFO queue: its URL ends with .fifo');

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'silent'] as const;

/** Every variable that Twinstream reads (the AWS client reads its own, AWS_REGION and so on), beside the field it becomes. An empty variable is an unset one. */
const environment = z.object({
  ...crawlVariables.shape,
  TWIN_HOME: z.string().optional(),
  TWIN_AUTHOR: z.string().optional(),
  CRAWL_QUEUE_URL: queueName.optional(),
  CHANGE_QUEUE_URL: queueName.optional(),
  MONGODB_URI: z.undefined('nothing: this version keeps raw documents in the workspace only').optional(),
  QDRANT_URL: z.undefined('nothing: this version keeps features in the workspace only').optional(),
  EMBEDDER: z.enum(['hashing'], '"hashing"').default('hashing'),
  CRAWL_CONCURRENCY: integer(1, 256).default(10),
  INDEX_CONCURRENCY: integer(1, 256).default(32),
  MAX_ATTEMPTS: integer(1, 100).default(3),
  LOG_LEVEL: z.enum(logLevels, logLevels.join(', ')).optional(),
  PATH: z.string().default(''),
  npm_lifecycle_event: z.string().optional(),
  INIT_CWD: z.string().optional(),
});

export interface SqsConfig {
  readonly kind: 'sqs';
  readonly crawlUrl: string;
  readonly changeUrl: string;
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

/** A connection string may carry a password, and one that is malformed may carry it anywhere before the last `@`. */
function shown(name: string, value = ''): string {
  if (/COOKIES|TOKEN|PASSWORD/.test(name)) return '***';
  return /_(?:URI|URL|PROXY)$/.test(name) ? value.replace(/^([a-z+]+:\/\/)?.*@/is, '$1***@') : value;
}
