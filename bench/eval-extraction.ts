import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { gunzipSync } from 'node:zlib';
import type { Command } from 'commander';
import * as z from 'zod';
import type { PageReading, PageToRead } from '../runtime/crawling/page-reader.ts';
import { type Platform, platforms } from '../runtime/domain/documents.ts';
import { readPage } from '../runtime/entry/read-page.ts';
import { type ExtractedArticle, extractArticle } from '../runtime/html/extract-article.ts';
import { plainText } from '../runtime/html/plain-text.ts';
import { extractPost } from '../runtime/sources/substack/extract.ts';

const groundTruth = z.object({
  url: z.url().nullish(),
  title: z.string().nullish(),
  author: z.string().nullish(),
  publishDate: z.string().nullish(),
  mainContent: z.string(),
  with: z.array(z.string()).default([]),
  without: z.array(z.string()).default([]),
});

/** Of these the fastest counts: what else the machine does is not the page's. */
const warmRuns = 3;

interface Page {
  readonly id: string;
  readonly platform: Platform;
  readonly html: string;
  readonly truth: z.infer<typeof groundTruth>;
}

/** Whether it is as people say; null where they say nothing. */
interface FactScore {
  readonly title: boolean | null;
  readonly author: boolean | null;
  readonly date: boolean | null;
}

interface PageScore {
  readonly id: string;
  /** Why the page was not taken for content. */
  readonly refused: string | null;
  readonly facts: FactScore;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly wanted: number;
  readonly wantedFound: number;
  readonly unwanted: number;
  readonly unwantedFound: number;
  readonly milliseconds: number;
}

interface PlatformScore {
  readonly platform: string;
  readonly pages: number;
  readonly f1: { readonly mean: number; readonly min: number };
  readonly precision: number;
  readonly recall: number;
  /** Share of the snippets that must be, and must not be, in the text. */
  readonly withFound: number | null;
  readonly withoutFound: number | null;
  /** Share of the pages whose title, author or date is right, of those for which people state one. */
  readonly title: number | null;
  readonly author: number | null;
  readonly date: number | null;
  readonly refused: number;
  readonly milliseconds: { readonly mean: number; readonly p95: number };
  readonly byPage: readonly PageScore[];
}

export function addExtractionCommand(program: Command): void {
  program
    .command('extraction')
    .description(
      'word F1 of main-content extraction against what people say the content of a page is, each platform read as it is by a crawl',
    )
    .requiredOption('--corpus <dir>', 'a folder with one folder a platform, each holding <id>.html.gz and <id>.json')
    .option('--pages', 'one line a page as well')
    .option('--json', 'one JSON object')
    .action(async (options: { corpus: string; pages?: true; json?: true }, command: Command) => {
      const corpus = await readCorpus(options.corpus).catch((error: unknown) =>
        command.error(`error: ${error instanceof Error ? error.message : String(error)}`, { exitCode: 2 }),
      );
      const scores = [...corpus].map(([platform, pages]) => score(platform, pages));
      if (options.json) console.log(JSON.stringify({ corpus: options.corpus, platforms: scores }));
      else print(scores, options.pages ?? false);
    });
}

async function readCorpus(folder: string): Promise<ReadonlyMap<string, Page[]>> {
  const corpus = new Map<string, Page[]>();
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw new Error(`--corpus: cannot read the folder ${folder}`, { cause: error });
  });
  for (const { name } of entries.filter((entry) => entry.isDirectory()).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const files = await readdir(join(folder, name));
    const pages: Page[] = [];
    for (const file of files.filter((candidate) => candidate.endsWith('.html.gz')).sort()) {
      const id = file.slice(0, -'.html.gz'.length);
      const described = join(folder, name, `${id}.json`);
      const text = await readFile(described, 'utf8').catch((error: unknown) => {
        throw new Error(`--corpus: ${file} has no description: ${described} cannot be read`, { cause: error });
      });
      const truth = groundTruth.safeParse(parseJson(text));
      if (!truth.success) throw new Error(`--corpus: ${described}: ${z.prettifyError(truth.error)}`);
      const platform = platforms.find((each) => each === name && each !== 'github') ?? 'web';
      pages.push({
        id,
        platform,
        html: gunzipSync(await readFile(join(folder, name, file))).toString(),
        truth: truth.data,
      });
    }
    if (pages.length > 0) corpus.set(name, pages);
  }
  if (corpus.size === 0) {
    throw new Error(
      `--corpus: no pages in ${folder}; wanted are folders like article/ with <id>.html.gz and <id>.json in them`,
    );
  }
  return corpus;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function score(platform: string, pages: readonly Page[]): PlatformScore {
  // The first pass compiles; what is measured is warm.
  for (const page of pages) read(page);
  const byPage = pages.map(scorePage);
  const times = byPage.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
  const sum = (pick: (page: PageScore) => number): number => byPage.reduce((total, page) => total + pick(page), 0);
  const mean = (pick: (page: PageScore) => number): number => sum(pick) / byPage.length;
  const share = (found: number, all: number): number | null => (all === 0 ? null : found / all);
  return {
    platform,
    pages: pages.length,
    f1: { mean: mean((page) => page.f1), min: Math.min(...byPage.map(({ f1 }) => f1)) },
    precision: mean((page) => page.precision),
    recall: mean((page) => page.recall),
    withFound: share(
      sum((page) => page.wantedFound),
      sum((page) => page.wanted),
    ),
    withoutFound: share(
      sum((page) => page.unwantedFound),
      sum((page) => page.unwanted),
    ),
    title: shareOf(byPage, ({ facts }) => facts.title),
    author: shareOf(byPage, ({ facts }) => facts.author),
    date: shareOf(byPage, ({ facts }) => facts.date),
    refused: byPage.filter(({ refused }) => refused !== null).length,
    milliseconds: { mean: mean((page) => page.milliseconds), p95: times[Math.ceil(times.length * 0.95) - 1] ?? 0 },
    byPage,
  };
}

function read(page: Page): PageReading {
  return readPage({ platform: page.platform, page: pageToRead(page) });
}

function pageToRead({ id, html, truth }: Page): PageToRead {
  return { url: truth.url ?? `https://example.com/${id}`, mediaType: 'text/html', text: html };
}

function shareOf(pages: readonly PageScore[], fact: (page: PageScore) => boolean | null): number | null {
  const stated = pages.map(fact).filter((right) => right !== null);
  return stated.length === 0 ? null : stated.filter((right) => right).length / stated.length;
}

function scoreFacts(described: Description | undefined, truth: Page['truth']): FactScore {
  const { title, byline, publishedAt } = described ?? {};
  const stated = (text: string | null | undefined, isRight: (text: string) => boolean) =>
    text === null || text === undefined || text.trim() === '' ? null : isRight(text);
  return {
    title: stated(truth.title, (wanted) => words(wanted) === words(title ?? '')),
    // A byline may name more people than the one who is asked for, and the other way round.
    author: stated(truth.author, (author) => {
      const [wanted, found] = [words(author), words(byline ?? '')];
      return found !== '' && (wanted.includes(found) || found.includes(wanted));
    }),
    // People copy the date that a page shows in the time zone of its reader.
    date: stated(truth.publishDate, (date) => {
      const apart = Date.parse(publishedAt ?? '') - Date.parse(date);
      return Math.abs(apart) <= 36 * 3_600_000;
    }),
  };
}

interface Description extends Pick<ExtractedArticle, 'title' | 'byline' | 'publishedAt'> {
  readonly markdown: string;
}

/** What the gate refuses (a stub before a paywall) is no document of a crawl; its extraction is measured all the same. */
function describe(reading: PageReading, page: Page): Description | undefined {
  if (reading.outcome !== 'document') {
    const toRead = pageToRead(page);
    return page.platform === 'substack' ? extractPost(toRead) : extractArticle(page.html, toRead.url);
  }
  const { title, publishedAt, kind, content } = reading.document;
  return kind === 'article' ? { title, publishedAt, ...content } : { title, publishedAt, markdown: content.text };
}

function words(text: string): string {
  return (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).join(' ');
}

function scorePage(page: Page): PageScore {
  let reading = read(page);
  let milliseconds = Number.POSITIVE_INFINITY;
  for (let run = 0; run < warmRuns; run += 1) {
    const started = performance.now();
    reading = read(page);
    milliseconds = Math.min(milliseconds, performance.now() - started);
  }
  const described = describe(reading, page);
  const text = plainText(described?.markdown ?? '');
  const flat = text.replace(/\s+/g, ' ');
  const found = (snippets: readonly string[]): number =>
    snippets.filter((snippet) => flat.includes(snippet.replace(/\s+/g, ' ').trim())).length;
  return {
    id: page.id,
    refused: reading.outcome === 'document' ? null : reading.outcome === 'rejected' ? reading.reason : reading.outcome,
    facts: scoreFacts(described, page.truth),
    ...wordScore(text, page.truth.mainContent),
    wanted: page.truth.with.length,
    wantedFound: found(page.truth.with),
    unwanted: page.truth.without.length,
    unwantedFound: found(page.truth.without),
    milliseconds,
  };
}

/** Multisets of lower-cased words, a word being a run of what Python's `\w` matches. */
function wordScore(text: string, truth: string): { precision: number; recall: number; f1: number } {
  const extracted = wordsOf(text);
  const wanted = wordsOf(truth);
  let common = 0;
  for (const [word, count] of extracted.counts) common += Math.min(count, wanted.counts.get(word) ?? 0);
  const precision = extracted.total === 0 ? 0 : common / extracted.total;
  const recall = wanted.total === 0 ? 0 : common / wanted.total;
  return { precision, recall, f1: common === 0 ? 0 : (2 * precision * recall) / (precision + recall) };
}

function wordsOf(text: string): { counts: ReadonlyMap<string, number>; total: number } {
  const counts = new Map<string, number>();
  const words = text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [];
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return { counts, total: words.length };
}

function print(scores: readonly PlatformScore[], pages: boolean): void {
  const cell = (value: string | number, width: number): string => String(value).padStart(width);
  const mark = (right: boolean | null): string => (right === null ? '–' : right ? 'yes' : 'no');
  const rate = (value: number | null): string => (value === null ? '–' : value.toFixed(3));
  console.log(
    'platform    pages  F1 mean   F1 min  precis.   recall     with  without    title   author     date  refused  ms mean   ms p95',
  );
  for (const platform of scores) {
    console.log(
      platform.platform.padEnd(10) +
        cell(platform.pages, 7) +
        [
          platform.f1.mean,
          platform.f1.min,
          platform.precision,
          platform.recall,
          platform.withFound,
          platform.withoutFound,
          platform.title,
          platform.author,
          platform.date,
        ]
          .map((value) => cell(rate(value), 9))
          .join('') +
        cell(platform.refused, 9) +
        cell(platform.milliseconds.mean.toFixed(1), 9) +
        cell(platform.milliseconds.p95.toFixed(1), 9),
    );
    if (!pages) continue;
    for (const page of platform.byPage) {
      console.log(
        `  ${page.id.padEnd(15)}${cell(rate(page.f1), 9)}${cell('', 9)}${cell(rate(page.precision), 9)}${cell(rate(page.recall), 9)}` +
          `${cell(`${page.wantedFound}/${page.wanted}`, 9)}${cell(`${page.unwantedFound}/${page.unwanted}`, 9)}` +
          `${cell(mark(page.facts.title), 9)}${cell(mark(page.facts.author), 9)}${cell(mark(page.facts.date), 9)}${cell(page.refused ?? '', 9)}${cell(page.milliseconds.toFixed(1), 9)}`,
      );
    }
  }
}
