import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HashingEmbedder } from '../runtime/adapters/embedders/hashing-embedder.ts';
import { SqliteFeatureStore } from '../runtime/adapters/sqlite/sqlite-feature-store.ts';
import { kinds } from '../runtime/domain/documents.ts';
import type { Chunk, DocumentFeatures, FeatureFilter } from '../runtime/domain/features.ts';
import { authorId, chunkId, documentId, sha256 } from '../runtime/domain/identity.ts';
import { stopWords } from '../runtime/domain/stop-words.ts';
import { SparseEncoder } from '../runtime/features/sparse.ts';

export interface SearchBenchOptions {
  readonly chunks?: number | undefined;
  /** Of each class (unfiltered, by kind, …). */
  readonly queries?: number | undefined;
}

const authors = 20;
const chunksPerDocument = 4;
const wordsPerChunk = 180;
const vocabulary = 30_000;
const fingerprint = 'bench';

/**
 * Hybrid search through the port over synthetic writing: word frequencies follow Zipf and Mandelbrot, 1 / (rank + 2.7),
 * the most frequent are stop words, vectors and terms come from the default embedder and encoder, queries are 2 to 6
 * words of a random chunk. The same on every run. Making the vectors is not timed.
 */
export async function benchSearch(options: SearchBenchOptions = {}): Promise<Record<string, unknown>> {
  const chunks = options.chunks ?? 20_000;
  const queries = options.queries ?? 300;
  const directory = mkdtempSync(join(tmpdir(), 'twinstream-bench-search-'));
  try {
    const file = join(directory, 'features.sqlite');
    const embedder = new HashingEmbedder();
    const { dimensions } = embedder;
    const encoder = new SparseEncoder();
    const build = await buildStore(file, chunks, embedder, encoder);
    await using store = new SqliteFeatureStore(file);
    await store.prepare({ dimensions });
    const { samples } = build;
    const random = mulberry32(2);
    const classes: Record<string, (index: number) => FeatureFilter> = {
      unfiltered: () => ({}),
      byKind: (index) => ({ kinds: [kinds[index % kinds.length] ?? 'post'] }),
      byAuthor: (index) => ({ authorIds: [authorId(`author ${index % authors}`)] }),
      since: () => ({ since: '2024-07-01T00:00:00.000Z' }),
      allFilters: (index) => ({
        kinds: ['article', 'post'],
        platforms: ['medium', 'web'],
        authorIds: [0, 1, 2, 3].map((offset) => authorId(`author ${(index + offset) % authors}`)),
        languages: ['en'],
        since: '2023-01-01T00:00:00.000Z',
      }),
    };
    const milliseconds: Record<string, unknown> = {};
    for (const [name, filterOf] of Object.entries(classes)) {
      const times: number[] = [];
      for (let index = 0; index < queries; index += 1) {
        const sample = samples[Math.floor(random() * samples.length)] ?? [];
        const words = Array.from({ length: 2 + (index % 5) }, () => sample[Math.floor(random() * sample.length)] ?? '');
        const [dense = new Float32Array(dimensions)] = await embedder.embed([words.join(' ')]);
        const vectors = { dense, ...encoder.query(words.join(' ')) };
        const started = performance.now();
        await store.search({
          vectors,
          filter: filterOf(index),
          limit: 10,
          weights: { dense: 0.5, sparse: 1 },
        });
        times.push(performance.now() - started);
      }
      milliseconds[name] = percentiles(times);
    }
    return {
      chunks,
      dimensions,
      queriesPerClass: queries,
      milliseconds,
      buildSeconds: round(build.seconds),
      documentsPerSecond: Math.round(build.documents / build.seconds),
      fileMegabytes: round(statSync(file).size / 1e6),
      rssMegabytes: round(process.memoryUsage.rss() / 1e6),
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** @returns terms of some chunks to make queries of, and how long the writing took (making the texts not counted) */
async function buildStore(file: string, chunks: number, embedder: HashingEmbedder, encoder: SparseEncoder) {
  await using store = new SqliteFeatureStore(file);
  await store.prepare({ dimensions: embedder.dimensions });
  const nextWord = wordSource(mulberry32(1));
  const samples: (readonly string[])[] = [];
  const documents = Math.ceil(chunks / chunksPerDocument);
  let writing = 0;
  for (let index = 0; index < documents; index += 1) {
    const author = `author ${index % authors}`;
    const link = `https://blog.example/${index}`;
    const document: DocumentFeatures = {
      documentId: documentId('web', link),
      kind: kinds[Math.floor(index / authors) % kinds.length] ?? 'post',
      platform: index % 2 === 0 ? 'medium' : 'web',
      authorId: authorId(author),
      author,
      link,
      title: `Title ${index}`,
      publishedAt: new Date(Date.UTC(2020, 0, 1 + (index % 1_800))).toISOString(),
      language: index % 10 === 0 ? 'de' : 'en',
    };
    const pieces = Array.from(
      { length: Math.min(chunksPerDocument, chunks - index * chunksPerDocument) },
      (_, ordinal) => {
        const words = Array.from({ length: wordsPerChunk }, () => wordOf(nextWord()));
        if (index % 10 === 0) {
          samples.push(words.filter((word) => !stopWords.has(word)));
        }
        return chunkFrom(document, ordinal, words.join(' '));
      },
    );
    const dense = await embedder.embed(pieces.map((chunk) => chunk.text));
    const writes = pieces.map((chunk, ordinal) => ({
      chunk,
      vectors: {
        dense: dense[ordinal] ?? new Float32Array(embedder.dimensions),
        ...encoder.document(chunk.text, document.kind),
      },
    }));
    const manifest = {
      revision: 1,
      fingerprint,
      chunks: Object.fromEntries(writes.map(({ chunk }) => [chunk.id, chunk.hash])),
    };
    const started = performance.now();
    await store.replace(document, manifest, writes);
    writing += performance.now() - started;
  }
  return { samples, documents, seconds: writing / 1_000 };
}

function chunkFrom(document: DocumentFeatures, ordinal: number, text: string): Chunk {
  const breadcrumb = [document.title ?? '', `Section ${ordinal}`];
  const hash = sha256(`${breadcrumb.join('\u0000')}\u0000${text}`);
  const start = ordinal * 2_000;
  return {
    id: chunkId(document.documentId, hash, 0),
    hash,
    ordinal,
    text,
    breadcrumb,
    start,
    end: start + text.length,
    startLine: ordinal * 10 + 1,
    endLine: ordinal * 10 + 10,
  };
}

const frequentWords = [...stopWords];

/** A stop word for the first ranks; for each other syllables that spell its rank. */
function wordOf(rank: number): string {
  const syllables = ['ka', 'no', 'ri', 'te', 'lu', 'mi', 'so', 'ha', 'ne', 'vo'];
  return frequentWords[rank] ?? [...String(rank)].map((digit) => syllables[Number(digit)]).join('');
}

/** @returns ranks from 0, the lower the more often */
function wordSource(random: () => number): () => number {
  const cumulative = new Float64Array(vocabulary);
  let total = 0;
  for (let rank = 0; rank < vocabulary; rank += 1) {
    total += 1 / (rank + 1 + 2.7);
    cumulative[rank] = total;
  }
  return () => {
    const target = random() * total;
    let low = 0;
    let high = vocabulary - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((cumulative[middle] ?? 0) < target) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  };
}

/** Tommy Ettinger's generator: small, seeded, the same everywhere. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function percentiles(times: readonly number[]): { p50: number; p95: number; p99: number } {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

if (import.meta.main) {
  console.log(JSON.stringify(await benchSearch(), undefined, 2));
}
