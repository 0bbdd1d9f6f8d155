import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CheerioCrawler, Configuration, LogLevel, log } from '@crawlee/cheerio';
import { type CrawlJob, deduplicationIdOf, groupOf } from '../runtime/domain/crawl-job.ts';
import { authorId } from '../runtime/domain/identity.ts';
import { IngestRun } from '../runtime/entry/ingest-run.ts';
import { runStages } from '../runtime/entry/run-stages.ts';
import { rounded } from './statistics.ts';
import { openWorkspace, silent } from './workspace.ts';

const pages = 2_000;
const concurrency = 10;

/**
 * Ours: jobs through the durable queue, main content extracted to Markdown, document and crawl state stored durably.
 * Crawlee, as it comes: requests and what `pushData` is given are kept on disk; title and text of the body are taken
 * with cheerio. And Crawlee in memory, where nothing of that outlives the process.
 */
export async function benchCrawl(): Promise<Record<string, unknown>> {
  await using site = await startSite();
  const links = Array.from({ length: pages }, (_, index) => `http://127.0.0.1:${site.port}/${index}`);
  const seconds = { twinstream: [] as number[], crawlee: [] as number[], crawleeInMemory: [] as number[] };
  // The first round warms everything up.
  for (let round = 0; round < 3; round += 1) {
    const times = {
      crawlee: await timeCrawlee(links, { persistStorage: true }),
      twinstream: await timeOurs(links),
      crawleeInMemory: await timeCrawlee(links, { persistStorage: false }),
    };
    if (round === 0) continue;
    seconds.twinstream.push(times.twinstream);
    seconds.crawlee.push(times.crawlee);
    seconds.crawleeInMemory.push(times.crawleeInMemory);
  }
  const rates = (each: readonly number[]) => each.map((time) => rounded(pages / time));
  const best = (each: readonly number[]) => pages / Math.min(...each);
  return {
    pages,
    concurrency,
    pagesPerSecond: {
      twinstream: rates(seconds.twinstream),
      crawlee: rates(seconds.crawlee),
      crawleeInMemory: rates(seconds.crawleeInMemory),
    },
    timesCrawlee: rounded(best(seconds.twinstream) / best(seconds.crawlee), 2),
    timesCrawleeInMemory: rounded(best(seconds.twinstream) / best(seconds.crawleeInMemory), 2),
  };
}

async function timeOurs(links: readonly string[]): Promise<number> {
  await using workspace = await openWorkspace();
  const { backends, config } = workspace;
  const queue = await backends.crawlQueue();
  const run = new IngestRun(randomUUID());
  const jobs = links.map(
    (url): CrawlJob => ({
      version: 1,
      task: 'fetch',
      url,
      platform: 'web',
      authorId: authorId('Bench'),
      runId: run.runId,
    }),
  );
  for (const job of jobs) run.expect(job.url, job);
  const started = performance.now();
  await using _stages = runStages(['crawler'], {
    backends,
    config: { ...config, crawlConcurrency: concurrency },
    logger: silent,
    crawlObserver: run,
  });
  await queue.send(jobs.map((job) => ({ body: job, group: groupOf(job), deduplicationId: deduplicationIdOf(job) })));
  await run.allCrawled();
  const seconds = (performance.now() - started) / 1000;
  const { articles } = await backends.documents.counts();
  if (articles !== links.length) throw new Error(`${articles} of ${links.length} pages were stored`);
  return seconds;
}

async function timeCrawlee(links: readonly string[], { persistStorage }: { persistStorage: boolean }): Promise<number> {
  log.setLevel(LogLevel.OFF);
  const folder = await mkdtemp(join(tmpdir(), 'twinstream-bench-'));
  const configuration = new Configuration({ persistStorage, storageClientOptions: { localDataDirectory: folder } });
  let handled = 0;
  const crawler = new CheerioCrawler(
    {
      minConcurrency: concurrency,
      maxConcurrency: concurrency,
      async requestHandler({ $, request, pushData }) {
        await pushData({ url: request.url, title: $('title').text(), text: $('body').text() });
        handled += 1;
      },
    },
    configuration,
  );
  const started = performance.now();
  await crawler.run([...links]);
  const seconds = (performance.now() - started) / 1000;
  await rm(folder, { recursive: true, force: true });
  if (handled !== links.length) throw new Error(`Crawlee handled ${handled} of ${links.length} pages`);
  return seconds;
}

async function startSite(): Promise<AsyncDisposable & { readonly port: number }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'site.ts'), String(pages)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  const port = await new Promise<number>((resolve, reject) => {
    lines.once('line', (line) => resolve(Number(line)));
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the site ended with ${code}`)));
  });
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      child.kill();
    },
  };
}
