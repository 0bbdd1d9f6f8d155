import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
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
 * Ours: jobs through the durable queue, main content extracted to Markdown, document and state stored durably.
 * Crawlee's: requests in memory, title and text of the body taken with cheerio, kept in memory.
 */
export async function benchCrawl(): Promise<Record<string, unknown>> {
  await using site = await startSite();
  const links = Array.from({ length: pages }, (_, index) => `http://127.0.0.1:${site.port}/${index}`);
  const crawlee = [await timeCrawlee(links)];
  const ours = [await timeOurs(links)];
  crawlee.push(await timeCrawlee(links));
  ours.push(await timeOurs(links));
  const rates = (seconds: readonly number[]) => seconds.map((each) => rounded(pages / each));
  const best = (seconds: readonly number[]) => pages / Math.min(...seconds);
  return {
    pages,
    concurrency,
    twinstreamPagesPerSecond: rates(ours),
    crawleePagesPerSecond: rates(crawlee),
    timesCrawlee: rounded(best(ours) / best(crawlee), 2),
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

async function timeCrawlee(links: readonly string[]): Promise<number> {
  log.setLevel(LogLevel.OFF);
  let characters = 0;
  let handled = 0;
  const crawler = new CheerioCrawler(
    {
      minConcurrency: concurrency,
      maxConcurrency: concurrency,
      async requestHandler({ $ }) {
        characters += $('title').text().length + $('body').text().length;
        handled += 1;
      },
    },
    new Configuration({ persistStorage: false }),
  );
  const started = performance.now();
  await crawler.run([...links]);
  const seconds = (performance.now() - started) / 1000;
  if (handled !== links.length || characters === 0) throw new Error(`Crawlee handled ${handled} pages`);
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
