import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { Database } from '../../runtime/adapters/sqlite/database.ts';
import { rawStoreFormat } from '../../runtime/adapters/sqlite/raw-store-format.ts';
import { SqliteChangeFeed } from '../../runtime/adapters/sqlite/sqlite-change-feed.ts';
import { SqliteDocumentStore } from '../../runtime/adapters/sqlite/sqlite-document-store.ts';
import { lockHolder } from '../../runtime/adapters/sqlite/workspace-lock.ts';
import { connectQueues } from '../../runtime/adapters/sqs/embedded-queues.ts';
import { SqsQueue } from '../../runtime/adapters/sqs/sqs-queue.ts';
import { change } from '../../runtime/domain/change.ts';
import { crawlJob, deduplicationIdOf, groupOf } from '../../runtime/domain/crawl-job.ts';
import { TransientError } from '../../runtime/domain/errors.ts';
import { documentId } from '../../runtime/domain/identity.ts';
import { collections } from '../../runtime/odm/collections.ts';
import { RawDocuments } from '../../runtime/odm/raw-documents.ts';
import { Users } from '../../runtime/odm/users.ts';
import type { DeadLetter } from '../../runtime/ports/queue.ts';
import { startTwin, TemporaryFolder } from '../entry/twin.ts';
import { assertSameFeatures } from './compare.ts';
import { Random, randomMarkdown } from './random.ts';

export interface CrashOptions {
  /** How often `twin work all` is killed. */
  readonly kills: number;
  readonly seed: number;
  readonly report: (line: string) => void;
}

/** Each kill comes this long after the start of the process, which itself takes about half a second. */
const life = { leastMs: 300, mostMs: 2_500 } as const;
const quietMs = 120_000;

/**
 * Starts `twin work all`, feeds it creates, edits and deletes, both as files of a crawled folder and directly in the
 * raw store, and kills it with SIGKILL at random moments. At the end the raw store must equal the folder, and the
 * feature store must equal what a fresh run makes of the raw store.
 */
export async function crashTest({ kills, seed, report }: CrashOptions): Promise<void> {
  await using home = await TemporaryFolder.create();
  await using workload = await Workload.open(home.path, new Random(seed));
  const random = new Random(seed + 1);

  for (let kill = 1; kill <= kills; kill += 1) {
    const worker = startWorker(home.path);
    const until = Date.now() + random.between(life.leastMs, life.mostMs);
    while (Date.now() < until) {
      await workload.step();
      await delay(random.between(0, 20));
    }
    worker.kill('SIGKILL');
    await once(worker, 'close');
    if (kill % 10 === 0) report(`${kill} kills, ${workload.operations} operations`);
  }

  const worker = startWorker(home.path);
  try {
    await workload.settle();
    worker.kill('SIGTERM');
    const [status] = await once(worker, 'close');
    assert.equal(status, 0, 'SIGTERM ends the worker with status 0');
  } finally {
    worker.kill('SIGKILL');
  }
  const compared = await assertSameFeatures(home.path);
  report(`identical after ${kills} kills and ${workload.operations} operations: ${compared}`);
}

function startWorker(home: string): ChildProcess {
  const worker = startTwin(home, ['work', 'all'], { LOG_LEVEL: 'error' });
  worker.stderr?.pipe(process.stderr, { end: false });
  return worker;
}

class Workload implements AsyncDisposable {
  operations = 0;
  readonly #home: string;
  readonly #folder: string;
  readonly #random: Random;
  readonly #store: SqliteDocumentStore;
  readonly #feed: SqliteChangeFeed;
  readonly #documents: RawDocuments;
  readonly #authorId: string;
  #files = 0;

  private constructor(home: string, random: Random, database: Database, authorId: string) {
    this.#home = home;
    this.#folder = join(home, 'writing');
    this.#random = random;
    this.#store = new SqliteDocumentStore(database);
    this.#feed = new SqliteChangeFeed(database);
    this.#documents = new RawDocuments(this.#store);
    this.#authorId = authorId;
  }

  static async open(home: string, random: Random): Promise<Workload> {
    const database = new Database(join(home, 'raw.sqlite'), rawStoreFormat);
    const store = new SqliteDocumentStore(database);
    await store.prepare(collections);
    const author = await new Users(store).getOrCreate('Crash Tester', new Date());
    const workload = new Workload(home, random, database, author._id);
    await workload.#store.prepare(collections);
    await mkdir(workload.#folder);
    return workload;
  }

  async step(): Promise<void> {
    this.operations += 1;
    if (this.#random.next() < 0.5) await this.#changeStore();
    else await this.#changeFolder();
  }

  /** Waits until everything has gone through, after a last crawl of the folder. */
  async settle(): Promise<void> {
    const deadline = Date.now() + quietMs;
    while (!(await this.#sendCrawl())) {
      assert.ok(Date.now() < deadline, 'the worker did not open its queues');
      await delay(100);
    }
    for (;;) {
      assert.ok(Date.now() < deadline, 'the work did not come to an end');
      await delay(200);
      const depths = await this.#depths();
      if (depths === undefined) continue;
      const { waiting, dead } = depths;
      assert.deepEqual(dead, [], 'nothing was given up');
      if (waiting === 0 && (await this.#feed.lag()).changes === 0) break;
    }
    const files = (await readdir(this.#folder)).map((name) => join(this.#folder, name));
    const stored = await this.#documents.idsUnder('file', `${this.#folder}/`);
    assert.deepEqual([...stored.keys()].toSorted(), files.toSorted(), 'the raw store has the files of the folder');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#feed[Symbol.asyncDispose]();
    await this.#store[Symbol.asyncDispose]();
  }

  async #changeStore(): Promise<void> {
    const random = this.#random;
    const naturalKey = `post ${random.between(1, 60)}`;
    const id = documentId('web', naturalKey);
    const now = new Date();
    const choice = random.next();
    if (choice < 0.15) {
      await this.#documents.markDeleted(id, now);
      return;
    }
    if (choice < 0.25) {
      await this.#store.delete('posts', id);
      return;
    }
    const text = randomMarkdown(random);
    await this.#documents.put(
      {
        kind: 'post',
        platform: 'web',
        naturalKey,
        authorId: this.#authorId,
        link: `https://example.org/${encodeURIComponent(naturalKey)}`,
        content: { text },
        payload: { mediaType: 'text/plain', bytes: Buffer.from(text) },
      },
      now,
    );
  }

  async #changeFolder(): Promise<void> {
    const random = this.#random;
    const choice = random.next();
    const file = join(this.#folder, `${random.between(1, Math.max(1, this.#files))}.md`);
    if (choice < 0.2) {
      await rm(file, { force: true });
    } else if (choice < 0.5) {
      this.#files += 1;
      await writeFile(join(this.#folder, `${this.#files}.md`), randomMarkdown(random));
    } else {
      await writeFile(file, randomMarkdown(random));
    }
    if (random.next() < 0.2) await this.#sendCrawl();
  }

  /** @returns whether a worker was there to take it */
  async #sendCrawl(): Promise<boolean> {
    const job = crawlJob.parse({
      version: 1,
      task: 'fetch',
      url: pathToFileURL(this.#folder).href,
      platform: 'file',
      authorId: this.#authorId,
      runId: crypto.randomUUID(),
    });
    const sent = await this.#withQueues(async ({ crawl }) => {
      await crawl.send([{ body: job, group: groupOf(job), deduplicationId: deduplicationIdOf(job) }]);
      return true;
    });
    return sent ?? false;
  }

  async #depths(): Promise<{ waiting: number; dead: readonly DeadLetter[] } | undefined> {
    return await this.#withQueues(async ({ crawl, changes }) => {
      const depths = [await crawl.depth(), await changes.depth()];
      return {
        waiting: depths.reduce((sum, { visible, inFlight }) => sum + visible + inFlight, 0),
        dead: depths.some((depth) => depth.dead > 0)
          ? [...(await crawl.listDead(5)), ...(await changes.listDead(5))]
          : [],
      };
    });
  }

  /** @returns undefined when no worker serves the queues right now */
  async #withQueues<Result>(body: (queues: OpenQueues) => Promise<Result>): Promise<Result | undefined> {
    const endpoint = lockHolder(this.#home)?.queueEndpoint;
    if (endpoint === undefined) return undefined;
    await using queues = connectQueues(endpoint);
    const common = { client: queues.client, visibilityTimeoutSeconds: 30 };
    try {
      return await body({
        crawl: new SqsQueue({ ...common, ...queues.crawl, schema: crawlJob }),
        changes: new SqsQueue({ ...common, ...queues.changes, schema: change }),
      });
    } catch (error) {
      if (error instanceof TransientError) return undefined;
      throw error;
    }
  }
}

interface OpenQueues {
  readonly crawl: Pick<SqsQueue<ReturnType<typeof crawlJob.parse>>, 'send' | 'depth' | 'listDead'>;
  readonly changes: Pick<SqsQueue<ReturnType<typeof change.parse>>, 'depth' | 'listDead'>;
}
