import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { gunzipSync } from 'node:zlib';
import type { Command } from 'commander';
import * as z from 'zod';
import { extractArticle } from '../runtime/html/extract-article.ts';
import { plainText } from '../runtime/html/plain-text.ts';

const groundTruth = z.object({
  url: z.url().nullish(),
  mainContent: z.string(),
  with: z.array(z.string()).default([]),
  without: z.array(z.string()).default([]),
});

/** Of these the fastest counts: what else the machine does is not the page's. */
const warmRuns = 3;

interface Page {
  readonly id: string;
  readonly html: string;
  readonly truth: z.infer<typeof groundTruth>;
}

interface PageScore {
  readonly id: string;
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
  readonly milliseconds: { readonly mean: number; readonly p95: number };
  readonly byPage: readonly PageScore[];
}

export function addExtractionCommand(program: Command): void {
  program
    .command('extraction')
    .description('word F1 of main-content extraction against what people say the content of a page is')
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
      pages.push({ id, html: gunzipSync(await readFile(join(folder, name, file))).toString(), truth: truth.data });
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
  for (const page of pages) extractArticle(page.html, addressOf(page));
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
    milliseconds: { mean: mean((page) => page.milliseconds), p95: times[Math.ceil(times.length * 0.95) - 1] ?? 0 },
    byPage,
  };
}

function addressOf(page: Page): string {
  return page.truth.url ?? `https://example.com/${page.id}`;
}

function scorePage(page: Page): PageScore {
  let markdown = '';
  let milliseconds = Number.POSITIVE_INFINITY;
  for (let run = 0; run < warmRuns; run += 1) {
    const started = performance.now();
    markdown = extractArticle(page.html, addressOf(page)).markdown;
    milliseconds = Math.min(milliseconds, performance.now() - started);
  }
  const text = plainText(markdown);
  const flat = text.replace(/\s+/g, ' ');
  const found = (snippets: readonly string[]): number =>
    snippets.filter((snippet) => flat.includes(snippet.replace(/\s+/g, ' ').trim())).length;
  return {
    id: page.id,
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
  const rate = (value: number | null): string => (value === null ? '–' : value.toFixed(3));
  console.log('platform    pages  F1 mean   F1 min  precis.   recall     with  without  ms mean   ms p95');
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
        ]
          .map((value) => cell(rate(value), 9))
          .join('') +
        cell(platform.milliseconds.mean.toFixed(1), 9) +
        cell(platform.milliseconds.p95.toFixed(1), 9),
    );
    if (!pages) continue;
    for (const page of platform.byPage) {
      console.log(
        `  ${page.id.padEnd(15)}${cell(rate(page.f1), 9)}${cell('', 9)}${cell(rate(page.precision), 9)}${cell(rate(page.recall), 9)}` +
          `${cell(`${page.wantedFound}/${page.wanted}`, 9)}${cell(`${page.unwantedFound}/${page.unwanted}`, 9)}${cell(page.milliseconds.toFixed(1), 9)}`,
      );
    }
  }
}
