import { stopWords } from '../../domain/stop-words.ts';
import { WordCache } from '../../domain/word-cache.ts';
import { WordScanner } from '../../domain/words.ts';
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
const nGramSizes = [3, 4];

interface WordFeatures {
  readonly hash: number;
  readonly isStopWord: boolean;
  /** Dimensions, as `~dimension` where the weight is subtracted: first of the word itself, then of its n-grams. */
  readonly places: readonly number[];
  readonly weight: number;
  readonly nGramWeight: number;
  /** How often it occurs in the text that was last seen to have it, and which text that was. */
  count: number;
  text: number;
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
  readonly #words = new WordCache<WordFeatures>(cachedWords, () => featuresOf);
  #texts = 0;

  async embed(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]> {
    return texts.map((text) => {
      signal?.throwIfAborted();
      return this.#vector(text);
    });
  }

  #vector(text: string): Float32Array {
    const sums = new Float64Array(dimensions);
    const distinct: WordFeatures[] = [];
    const current = ++this.#texts;
    let previous: WordFeatures | undefined;
    for (const features of this.#scanner.words(text.normalize('NFC').toLowerCase(), this.#words)) {
      if (features.text !== current) {
        features.text = current;
        features.count = 0;
        distinct.push(features);
      }
      features.count++;
      if (features.isStopWord) continue;
      if (previous !== undefined) add(sums, placeOf(pairHash(previous.hash, features.hash)), pairWeight);
      previous = features;
    }
    for (const { count, places, weight, nGramWeight: share } of distinct) {
      // The square root, unlike the logarithm, is exact in IEEE 754 and so the same everywhere.
      const frequency = Math.sqrt(count);
      add(sums, places[0] ?? 0, frequency * weight);
      for (let position = 1; position < places.length; position++) add(sums, places[position] ?? 0, frequency * share);
    }
    return normalised(sums);
  }
}

function featuresOf(word: string): WordFeatures {
  const isStopWord = stopWords.has(word);
  const shown = `<${word.slice(0, longestWord)}>`;
  const hash = hashOf(word, 0, word.length);
  const places = [placeOf(hash)];
  for (const size of nGramSizes) {
    for (let start = 0; start + size <= shown.length; start++) places.push(placeOf(hashOf(shown, start, start + size)));
  }
  // Short words are mostly common ones; without a corpus this stands for their rarity.
  const weight = (isStopWord ? stopWordWeight : 1) * Math.min(1, 0.1 + 0.15 * shown.length);
  const share = (nGramWeight * weight) / Math.sqrt(Math.max(1, places.length - 1));
  return { hash, isStopWord, places, weight: wordWeight * weight, nGramWeight: share, count: 0, text: 0 };
}

/** FNV-1a over UTF-16 units, with the finalizer of MurmurHash3 so that all bits depend on all units. */
function hashOf(text: string, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let position = start; position < end; position++) {
    hash = Math.imul(hash ^ text.charCodeAt(position), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function pairHash(first: number, second: number): number {
  const mixed = Math.imul(Math.imul(first, 0x85ebca6b) ^ second, 0xc2b2ae35);
  return mixed ^ (mixed >>> 15);
}

/** The low bits choose the dimension, the highest the sign. */
function placeOf(hash: number): number {
  const dimension = (hash & 0x7fffffff) % dimensions;
  return hash < 0 ? ~dimension : dimension;
}

function add(sums: Float64Array, place: number, weight: number): void {
  if (place < 0) sums[~place] = (sums[~place] ?? 0) - weight;
  else sums[place] = (sums[place] ?? 0) + weight;
}

function normalised(sums: Float64Array): Float32Array {
  const vector = new Float32Array(dimensions);
  let squares = 0;
  for (let index = 0; index < dimensions; index++) squares += (sums[index] ?? 0) ** 2;
  if (squares === 0) return vector;
  const length = Math.sqrt(squares);
  for (let index = 0; index < dimensions; index++) vector[index] = (sums[index] ?? 0) / length;
  return vector;
}
