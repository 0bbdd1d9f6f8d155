import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { HashingEmbedder } from '../adapters/embedders/hashing-embedder.ts';
import { Database } from '../adapters/sqlite/database.ts';
import { rawStoreFormat } from '../adapters/sqlite/raw-store-format.ts';
import { SqliteChangeFeed } from '../adapters/sqlite/sqlite-change-feed.ts';
import { SqliteDocumentStore } from '../adapters/sqlite/sqlite-document-store.ts';
import { SqliteFeatureStore } from '../adapters/sqlite/sqlite-feature-store.ts';
import { lockHolder, WorkspaceLock } from '../adapters/sqlite/workspace-lock.ts';
import type { Change } from '../domain/change.ts';
import type { CrawlJob } from '../domain/crawl-job.ts';
import { Misconfigured, messageOf } from '../domain/errors.ts';
import { FeaturePipeline } from '../features/pipeline.ts';
import { collections } from '../odm/collections.ts';
import { CrawlStates } from '../odm/crawl-states.ts';
import { Hosts } from '../odm/hosts.ts';
import { RawDocuments } from '../odm/raw-documents.ts';
import { Repositories } from '../odm/repositories.ts';
import { Subscriptions } from '../odm/subscriptions.ts';
import { Users } from '../odm/users.ts';
import type { ChangeFeed } from '../ports/change-feed.ts';
import type { DocumentStore } from '../ports/document-store.ts';
import type { Embedder } from '../ports/embedder.ts';
import type { FeatureStore } from '../ports/feature-store.ts';
import type { Queue } from '../ports/queue.ts';
import type { Source } from '../ports/source.ts';
import { endStaleBrowsers } from './browser.ts';
import type { Config } from './config.ts';
import { makeFolder } from './make-folder.ts';
import { queuesFor } from './queues.ts';
import { sourcesFor } from './sources.ts';

const lockPatienceMs = 2_000;

const embedders = { hashing: () => new HashingEmbedder() } as const satisfies Record<
  Config['embedder'],
  () => Embedder
>;

/** Everything a process works with, chosen by its configuration. */
export interface Backends extends AsyncDisposable {
  readonly store: DocumentStore;
  readonly feed: ChangeFeed;
  readonly features: FeatureStore;
  readonly pipeline: FeaturePipeline;
  readonly documents: RawDocuments;
  readonly users: Users;
  readonly states: CrawlStates;
  readonly repositories: Repositories;
  readonly subscriptions: Subscriptions;
  readonly logger: Logger;
  /** Of everything in the feature store: which raw store, and which pipeline. */
  readonly origin: string;
  /** Opened when first asked for, like the queues: who only searches needs neither. */
  sources(): Promise<readonly Source[]>;
  crawlQueue(): Promise<Queue<CrawlJob>>;
  changeQueue(): Promise<Queue<Change>>;
  /** Port → what stands behind it. */
  describe(): Readonly<Record<string, string>>;
}

export interface OpenOptions {
  /** `work` changes what is stored and needs the workspace for itself; `read` may go on beside a worker. */
  readonly purpose: 'work' | 'read';
  /** As others are told who holds the workspace. */
  readonly command: string;
  readonly logger: Logger;
}

/**
 * Opens the workspace, creating it where there is none.
 * @throws Misconfigured when another process works on it, or it cannot be used
 */
export async function openBackends(config: Config, { purpose, command, logger }: OpenOptions): Promise<Backends> {
  const { home } = config;
  await makeFolder(home).catch((error: unknown) => {
    throw new Misconfigured(`TWIN_HOME ${home} cannot be created: ${messageOf(error)}`, { cause: error });
  });
  await using stack = new AsyncDisposableStack();
  const lock = purpose === 'work' ? stack.use(await exclusive(home, command)) : undefined;

  const database = new Database(join(home, 'raw.sqlite'), rawStoreFormat);
  const store = stack.use(new SqliteDocumentStore(database));
  await store.prepare(collections);
  const feed = stack.use(new SqliteChangeFeed(database));
  const embedder = embedders[config.embedder]();
  const pipeline = new FeaturePipeline(embedder);
  const features = stack.use(new SqliteFeatureStore(join(home, 'features.sqlite')));
  await features.prepare({ dimensions: embedder.dimensions });
  const queues = stack.use(queuesFor({ config, home, command, lock, logger }));
  const sources = stack.use(sourcesFor(config, await temporaryFolder(home, lock), new Hosts(store)));

  const opened = stack.move();
  return {
    store,
    feed,
    features,
    pipeline,
    origin: `${await feed.identity()} ${pipeline.fingerprint}`,
    documents: new RawDocuments(store),
    users: new Users(store),
    states: new CrawlStates(store),
    repositories: new Repositories(store),
    subscriptions: new Subscriptions(store),
    logger,
    sources: () => sources.all(),
    crawlQueue: () => queues.crawl(),
    changeQueue: () => queues.changes(),
    describe: () => ({
      documents: `SQLite, ${join(home, 'raw.sqlite')}`,
      features: `SQLite, ${join(home, 'features.sqlite')}`,
      queues: config.queues.kind === 'embedded' ? `embedded SQS, ${join(home, 'queues')}` : 'Amazon SQS',
      embedder: embedder.fingerprint,
    }),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** For what a crawl unpacks. What a killed process left there is removed by the next one that has the lock. */
async function temporaryFolder(home: string, lock: WorkspaceLock | undefined): Promise<string> {
  const folder = join(home, 'temporary');
  if (lock !== undefined) {
    if (existsSync(folder)) await endStaleBrowsers(folder);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder);
  }
  return folder;
}

/** A reader that looks at the queues holds the lock for a moment: that is waited for. */
async function exclusive(home: string, command: string): Promise<WorkspaceLock> {
  for (const deadline = Date.now() + lockPatienceMs; ; await delay(50)) {
    const lock = WorkspaceLock.acquire(home, command);
    if (lock !== undefined) return lock;
    if (Date.now() > deadline) break;
  }
  const holder = lockHolder(home);
  const who =
    holder === undefined ? 'another process' : `\`${holder.command}\` (process ${holder.pid}, since ${holder.since})`;
  throw new Misconfigured(
    `the workspace ${home} is in use by ${who}: wait for it or stop it, or set TWIN_HOME to another folder`,
  );
}
