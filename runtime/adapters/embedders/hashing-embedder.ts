import { murmur3 } from '../../features/murmur3.ts';
import { stopWords } from '../../features/stop-words.ts';
import { WordCache } from '../../features/word-cache.ts';
import { WordScanner } from '../../features/words.ts';
import type { Embedder } from '../../ports/embedder.ts';

const dimensions = 384;
const cachedWords = 50_000;
/** Longer words are data (a token, a key, a blob) rather than language: only their beginning is looked at. */
const longestWord = 40;

/** How much the whole word, all its character n-grams together, and a pair of neighbours weigh. */
const wordWeight = 1;
const nGramWeight = 0.8;
const pairWeight = 0.35;
const stopWordWeight = 0.08;
const nGramSizes = [3, 4, 5];

interface WordFeatures {
  readonly hash: number;
  readonly isStopWord: boolean;
  readonly indices: Uint16Array;
  readonly weights: Float64Array;
}

/**
 * Signed feature hashing (Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", ICML 2009) of words,
 * of character n-grams inside words and of pairs of neighbouring words. It sees shared words, spellings and phrases, not
 * meaning: a model does better, but this one is there without a download, gives the same vectors on every machine and
 * is faster than anything else in the pipeline. Case does not count, stop words hardly do.
 */
export class HashingEmbedder implements Embedder {
  readonly fingerprint = 'hashing-1-384';
  readonly dimensions = dimensions;
  readonly #scanner = new WordScanner();
  readonly #encoder = new TextEncoder();
  readonly #words = new WordCache<WordFeatures>(cachedWords, (word) => this.#featuresOf(word));

  async embed(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]> {
    return texts.map((text) => {
      signal?.throwIfAborted();
      return this.#vector(text);
    });
  }

  #vector(text: string): Float32Array {
    const sums = new Float64Array(dimensions);
    const found = new Map<string, { readonly features: WordFeatures; count: number }>();
    let previous: WordFeatures | undefined;
    for (const word of this.#scanner.words(text.normalize('NFC').toLowerCase())) {
      let entry = found.get(word);
      if (entry === undefined) {
        entry = { features: this.#words.get(word), count: 0 };
        found.set(word, entry);
      }
      entry.count++;
      if (entry.features.isStopWord) continue;
      if (previous !== undefined) add(sums, pairHash(previous.hash, entry.features.hash), pairWeight);
      previous = entry.features;
    }
    for (const { count, features } of found.values()) {
      const { indices, weights } = features;
      // The square root, unlike the logarithm, is exact in IEEE 754 and so the same everywhere.
      const frequency = Math.sqrt(count);
      for (let position = 0; position < indices.length; position++) {
        const index = indices[position] ?? 0;
        sums[index] = (sums[index] ?? 0) + frequency * (weights[position] ?? 0);
      }
    }
    return normalised(sums);
  }

  #featuresOf(word: string): WordFeatures {
    const isStopWord = stopWords.has(word);
    const shown = word.slice(0, longestWord);
    const hashes = nGrams(`<${shown}>`).map((nGram) => murmur3(this.#encoder.encode(nGram)));
    const hash = murmur3(this.#encoder.encode(word));
    const scale = (isStopWord ? stopWordWeight : 1) * Math.min(1, 0.4 + 0.15 * shown.length);
    const share = (nGramWeight * scale) / Math.sqrt(Math.max(1, hashes.length));
    const sums = new Float64Array(dimensions);
    add(sums, hash, wordWeight * scale);
    for (const nGram of hashes) add(sums, nGram, share);
    const indices = Uint16Array.from([...sums.keys()].filter((index) => sums[index] !== 0));
    return {
      hash,
      isStopWord,
      indices,
      weights: Float64Array.from(indices, (index) => sums[index] ?? 0),
    };
  }
}

function nGrams(word: string): string[] {
  const characters = [...word];
  return nGramSizes.flatMap((size) =>
    Array.from({ length: Math.max(0, characters.length - size + 1) }, (_, start) =>
      characters.slice(start, start + size).join(''),
    ),
  );
}

function pairHash(first: number, second: number): number {
  const mixed = Math.imul(Math.imul(first, 0x85ebca6b) ^ second, 0xc2b2ae35);
  return mixed ^ (mixed >>> 15);
}

/** The low bits choose the dimension, the highest the sign. */
function add(sums: Float64Array, hash: number, weight: number): void {
  const index = (hash & 0x7fffffff) % dimensions;
  sums[index] = (sums[index] ?? 0) + (hash < 0 ? -weight : weight);
}

function normalised(sums: Float64Array): Float32Array {
  let squares = 0;
  for (const sum of sums) squares += sum * sum;
  if (squares === 0) return new Float32Array(dimensions);
  const length = Math.sqrt(squares);
  return Float32Array.from(sums, (sum) => sum / length);
}
