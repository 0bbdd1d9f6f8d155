import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { HashingEmbedder } from '../../runtime/adapters/embedders/hashing-embedder.ts';
import { Database } from '../../runtime/adapters/sqlite/database.ts';
import { rawStoreFormat } from '../../runtime/adapters/sqlite/raw-store-format.ts';
import { SqliteChangeFeed } from '../../runtime/adapters/sqlite/sqlite-change-feed.ts';
import { SqliteDocumentStore } from '../../runtime/adapters/sqlite/sqlite-document-store.ts';
import { SqliteFeatureStore } from '../../runtime/adapters/sqlite/sqlite-feature-store.ts';
import { type EmbeddedQueues, startQueues } from '../../runtime/adapters/sqs/embedded-queues.ts';
import { SqsQueue } from '../../runtime/adapters/sqs/sqs-queue.ts';
import { type Change, change } from '../../runtime/domain/change.ts';
import { type CrawlJob, crawlJob } from '../../runtime/domain/crawl-job.ts';
import { FeaturePipeline } from '../../runtime/features/pipeline.ts';
import { collections } from '../../runtime/odm/collections.ts';
import { CrawlStates } from '../../runtime/odm/crawl-states.ts';
import { RawDocuments } from '../../runtime/odm/raw-documents.ts';
import { Repositories } from '../../runtime/odm/repositories.ts';
import { Users } from '../../runtime/odm/users.ts';
import type { Queue } from '../../runtime/ports/queue.ts';
import { TemporaryFolder } from '../entry/twin.ts';
import { silent } from './queues.ts';

/** The stores of a workspace, as a process opens them, in a folder that goes with them. */
export class TestWorkspace implements AsyncDisposable {
  readonly folder: TemporaryFolder;
  /** To look at the raw store, and to damage it, behind the back of its owner. */
  readonly database: Database;
  readonly store: SqliteDocumentStore;
  readonly feed: SqliteChangeFeed;
  readonly features: SqliteFeatureStore;
  readonly pipeline: FeaturePipeline;
  readonly documents: RawDocuments;
  readonly users: Users;
  readonly states: CrawlStates;
  readonly repositories: Repositories;

  private constructor(folder: TemporaryFolder, embedder: HashingEmbedder) {
    this.folder = folder;
    this.database = new Database(join(folder.path, 'raw.sqlite'), rawStoreFormat);
    this.store = new SqliteDocumentStore(this.database);
    this.feed = new SqliteChangeFeed(this.database);
    this.features = new SqliteFeatureStore(join(folder.path, 'features.sqlite'));
    this.pipeline = new FeaturePipeline(embedder);
    this.documents = new RawDocuments(this.store);
    this.users = new Users(this.store);
    this.states = new CrawlStates(this.store);
    this.repositories = new Repositories(this.store);
  }

  static async open(): Promise<TestWorkspace> {
    const embedder = new HashingEmbedder();
    const workspace = new TestWorkspace(await TemporaryFolder.create(), embedder);
    await workspace.store.prepare(collections);
    await workspace.features.prepare({ dimensions: embedder.dimensions });
    return workspace;
  }

  /** Serves the queues of this workspace; another time after these were closed, it serves what was left in them. */
  serveQueues(): Promise<EmbeddedQueues> {
    return startQueues(join(this.folder.path, 'queues'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.feed[Symbol.asyncDispose]();
    await this.features[Symbol.asyncDispose]();
    await this.store[Symbol.asyncDispose]();
    await this.folder[Symbol.asyncDispose]();
  }
}

const settings = { visibilityTimeoutSeconds: 30, logger: silent };

export function crawlQueueOf({ client, crawl }: EmbeddedQueues): Queue<CrawlJob> {
  return new SqsQueue({ ...settings, client, ...crawl, schema: crawlJob });
}

export function changeQueueOf({ client, changes }: EmbeddedQueues): Queue<Change> {
  return new SqsQueue({ ...settings, client, ...changes, schema: change });
}

/** Takes everything that is visible out of the queue, in the order in which it is given out. */
export async function takeAll<Body>(queue: Queue<Body>): Promise<Body[]> {
  const taken: Body[] = [];
  while ((await queue.depth()).visible > 0) {
    for (const delivery of await queue.receive({ max: 10, signal: AbortSignal.timeout(20_000) })) {
      taken.push(delivery.body);
      await delivery.acknowledge();
    }
  }
  return taken;
}

/** Waits for what happens soon; fails the test when that takes longer than anyone would wait. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; await delay(5)) {
    if (await holds()) return;
  }
  assert.fail(`it took too long until ${what}`);
}

interface Stage {
  run(signal: AbortSignal): Promise<void>;
}

/** Runs a stage for as long as `body` takes; what the stage throws fails the test. */
export async function whileRunning(stage: Stage, body: () => Promise<void>): Promise<void> {
  const stopping = new AbortController();
  const running = stage.run(stopping.signal);
  const endedEarly = running.then(() => {
    if (!stopping.signal.aborted) assert.fail('the stage ended by itself');
  });
  try {
    await Promise.race([body(), endedEarly]);
  } finally {
    stopping.abort();
    await running;
  }
}
