import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { CrawlJob } from '../../domain/crawl-job.ts';
import { deduplicationIdOf, groupOf } from '../../domain/crawl-job.ts';
import { Misconfigured, messageOf, RejectedInput } from '../../domain/errors.ts';
import { sleep } from '../../stages/sleep.ts';
import type { Backends } from '../backends.ts';
import type { Config } from '../config.ts';
import { IngestRun } from '../ingest-run.ts';
import type { SourceResult } from '../ingest-tally.ts';
import { resolveSource } from '../resolve-source.ts';
import { runStages } from '../run-stages.ts';
import { readSourcesFile } from '../sources-file.ts';
import { subscribe } from '../subscribe.ts';
import { UnfinishedRuns } from '../unfinished-runs.ts';
import type { CommandContext } from './context.ts';
import { Progress } from './progress.ts';
import { duration, plural, printable, reasonCounts, styled, type Terminal } from './terminal.ts';

interface IngestOptions {
  readonly author?: string;
  readonly sources?: string;
  readonly allowPrivate?: boolean;
}

export function addIngest(program: Command, context: CommandContext): void {
  program
    .command('ingest')
    .summary('take in links, files, folders and repositories')
    .description(
      'Takes in links, local files and folders, and git repositories, and returns when all of it is searchable.\n' +
        'What was taken in before is only looked at again: unchanged input costs next to nothing.',
    )
    .argument(
      '[source...]',
      'https link (page, blog, profile, publication, repository), file or folder, git repository, or export archive',
    )
    .option('--author <name>', 'who wrote it (default: the list of sources, TWIN_AUTHOR, the only author so far, you)')
    .option('--sources <file>', 'a list of sources in YAML: see examples/sources.yaml')
    .option('--allow-private', 'crawl links to private, loopback and link-local addresses too')
    .addHelpText(
      'after',
      `
Examples:
  twin ingest ~/writing --author "Ada Lovelace"
  twin ingest https://medium.com/@NAME https://NAME.substack.com https://github.com/NAME
  twin ingest https://blog.example https://blog.example/a-post linkedin-export.zip
  twin ingest --sources sources.yaml
  twin ingest . --json > result.json

Exit status: 0 all of it was taken in, 1 some of it failed (and which is said), 2 wrong usage.`,
    )
    .action((sources: string[], options: IngestOptions) =>
      context.runGracefully('ingest', async ({ config, terminal, signal, open }) => {
        const list = options.sources === undefined ? undefined : resolve(config.startFolder, options.sources);
        const listed = list === undefined ? undefined : readSourcesFile(list);
        const wanted: WantedSource[] = [
          ...sources.map((text) => ({ text, folder: config.startFolder })),
          ...(listed?.sources ?? []).map(({ text }) => ({ text, folder: listed?.folder ?? config.startFolder })),
        ];
        if (wanted.length === 0 && list !== undefined)
          throw new Misconfigured(`${list} lists no sources: name them under "sources:" or "handles:"`);
        if (wanted.length === 0)
          program.error("error: missing required argument 'source': name one, or a list of them by --sources FILE");
        const effective =
          options.allowPrivate === true ? { ...config, crawl: { ...config.crawl, allowPrivate: true } } : config;
        await using backends = await open('work', effective);
        const name = options.author ?? listed?.author ?? config.author ?? (await usualAuthor(backends));
        const author = await backends.users.getOrCreate(name, new Date());
        const status = await ingest(wanted, author._id, { backends, config: effective, terminal, signal });
        if (list !== undefined && listed !== undefined) {
          await subscribe(list, listed, author._id, backends);
          if (!signal.aborted) await backends.subscriptions.crawled(list, new Date());
        }
        return status;
      }),
    );
}

/** A person waits: a host that wants to be left alone for longer is told of, and its jobs can be redriven. */
const patience = { most: 10, longestMs: 2 * 60_000 };

interface WantedSource {
  readonly text: string;
  /** Where it starts when it is a relative path. */
  readonly folder: string;
}

interface IngestTools {
  readonly backends: Backends;
  readonly config: Config;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

async function ingest(sources: readonly WantedSource[], authorId: string, tools: IngestTools): Promise<number> {
  const { backends, config, terminal, signal } = tools;
  const started = performance.now();
  const run = new IngestRun(randomUUID());
  const unfinished = new UnfinishedRuns(backends.states, authorId);
  const jobs = await jobsFor(sources, authorId, run, unfinished, tools);

  await using stages = runStages(['crawler', 'cdc', 'features'], {
    backends,
    config,
    logger: backends.logger,
    crawlObserver: run,
    postponements: patience,
    onPublished: (changes) => run.published(changes),
    onIndexed: (indexed) => run.indexed(indexed),
    onIndexFailed: (change, failure) => run.indexFailed(change, failure),
  });
  {
    using _ = new Progress(run, terminal);
    const queue = await backends.crawlQueue();
    await queue.send(jobs.map((job) => ({ body: job, group: groupOf(job), deduplicationId: deduplicationIdOf(job) })));
    const interrupted = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([run.allCrawled().then(() => drained(run, backends, signal)), stages.failed, interrupted]);
  }
  await stages.stop();
  if (!signal.aborted) await unfinished.finish();

  const results = run.results();
  const elapsedMs = Math.round(performance.now() - started);
  if (terminal.json) {
    terminal.out(JSON.stringify({ runId: run.runId, sources: results, index: run.index, elapsedMs }));
  } else {
    summarise(run, results, elapsedMs, terminal);
  }
  if (signal.aborted) {
    terminal.say('Interrupted: what was in hand is finished or given back; run the same command again to go on.');
  }
  return !signal.aborted && results.every(({ status }) => status === 'ok') ? 0 : 1;
}

/** A workspace mostly is about one person; only the first time the machine has to tell who. */
export async function usualAuthor({ users }: Backends): Promise<string> {
  const [only, ...others] = await users.names();
  return only !== undefined && others.length === 0 ? only : userInfo().username;
}

async function jobsFor(
  sources: readonly WantedSource[],
  authorId: string,
  run: IngestRun,
  unfinished: UnfinishedRuns,
  { backends }: IngestTools,
): Promise<readonly CrawlJob[]> {
  const { runId } = run;
  const jobs: CrawlJob[] = [];
  for (const { text, folder } of sources) {
    try {
      const found = await resolveSource(text, folder, await backends.sources());
      const requestedAt = await unfinished.begin(found.url, new Date());
      const job: CrawlJob = { version: 1, ...found, authorId, runId, requestedAt };
      run.expect(text, job);
      jobs.push(job);
    } catch (error) {
      if (!(error instanceof RejectedInput)) throw error;
      run.refuse(text, { reason: error.reason, message: messageOf(error) });
    }
  }
  return jobs;
}

/** Resolves when everything that was stored so far is in the feature store or the dead-letter queue. */
async function drained(run: IngestRun, backends: Backends, signal: AbortSignal): Promise<void> {
  const queue = await backends.changeQueue();
  for (let lastLook = 0; !signal.aborted; await sleep(20, signal)) {
    // The queue is asked when there is hope, and now and then in case a document was indexed unseen.
    if (run.awaitingIndex > 0 && Date.now() - lastLook < 1_000) continue;
    lastLook = Date.now();
    if ((await backends.features.completeFor()) !== backends.origin) continue;
    // The position is saved after the queue has the changes: asked in this order nothing can hide in between.
    const { changes } = await backends.feed.lag();
    const { visible, inFlight } = await queue.depth();
    if (changes === 0 && visible === 0 && inFlight === 0) return;
  }
}

function summarise(run: IngestRun, results: readonly SourceResult[], elapsedMs: number, { say }: Terminal): void {
  const stream = process.stderr;
  const marks = {
    ok: styled('green', '✓', stream),
    partial: styled('yellow', '!', stream),
    failed: styled('red', '✗', stream),
  };
  for (const { source, status, documents, errors } of results) {
    const { created, updated, unchanged, deleted, failed } = documents;
    const counts = Object.entries({ new: created, updated, unchanged, deleted, failed })
      .filter(([, count]) => count > 0)
      .map(([name, count]) => `${count} ${name}`);
    say(`${marks[status]} ${printable(source)}: ${counts.join(', ') || 'nothing to take in'}`);
    for (const { link, reason, message } of errors.slice(0, 10))
      say(printable(`    ${reason}: ${message}${from(link, message, source)}`));
    if (errors.length > 10) say(`    … and ${errors.length - 10} more (--json lists all)`);
  }
  const skipped = run.skipped();
  if (skipped.size > 0) say(`Left out on purpose: ${reasonCounts(skipped)}`);
  const failed = run.failedByReason();
  if (failed.size > 0) say(`Not taken in: ${reasonCounts(failed)}`);
  const { documents, chunks, embedded, reused, removed } = run.index;
  say(
    `Indexed ${plural(documents, 'document')} in ${plural(chunks, 'chunk')} ` +
      `(${embedded} embedded, ${reused} reused, ${removed} removed) in ${duration(elapsedMs)}.`,
  );
}

/** Where it happened, unless that is clear. */
function from(link: string, message: string, source: string): string {
  return message.includes(link) || link === source ? '' : ` (${link})`;
}
