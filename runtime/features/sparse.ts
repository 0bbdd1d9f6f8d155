import { newStemmer } from 'snowball-stemmers';
import type { Kind } from '../domain/documents.ts';
import type { SparseVector } from '../domain/features.ts';
import { murmur3 } from './murmur3.ts';
import { stopWords } from './stop-words.ts';
import { WordCache } from './word-cache.ts';
import { WordScanner } from './words.ts';

/** Grows when the same text would give other terms or weights: stored vectors are then made anew. */
export const sparseVersion = 1;

/**
 * Terms in a chunk of each kind, breadcrumb included, on average. They are fixed because a corpus average would change
 * under the vectors that are stored already; chunk sizes are fixed too, so these hold for any corpus.
 */
const averageLengths: Readonly<Record<Kind, number>> = { article: 80, post: 80, code: 120 };

const k = 1.2;
const b = 0.75;
const longestTerm = 40;
const longestIdentifier = 80;
const cachedWords = 50_000;

const wholeAcronym = /^\p{Lu}{2,}s?$/u;
const identifierParts = /\p{Lu}+(?!\p{Ll})|\p{Lu}?[\p{Ll}\p{Lo}\p{Lm}\p{Lt}\p{M}]+|\p{N}+/gu;
const digits = /\p{N}/u;

interface WordTerms {
  readonly terms: readonly string[];
  /** How many words it counts for in the length of a text. */
  readonly length: number;
}

export interface SparseTerms {
  readonly terms: readonly string[];
  readonly sparse: SparseVector;
}

/**
 * BM25 as sparse vectors, in the way of fastembed's `Qdrant/bm25`: a document's weight of a term is
 * `f·(k+1) / (f + k·(1 − b + b·length/averageLength))` with k 1.2 and b 0.75, a query's is 1, and IDF belongs to the
 * engine. An index is `abs(int32(murmur3(UTF-8)))`; should two terms share one, their weights are added.
 *
 * Terms are lower-case words without the English stop words and without words over 40 characters, stemmed by Snowball
 * English. Two things differ from fastembed. Marks belong to words (else every Hindi word would fall apart). And an
 * identifier gives its parts behind itself (`getUserName` → getusernam, get, user, name): the parts, because nobody
 * searches code in its own spelling; the whole, because who does wants exactly that one. Only the parts count for the
 * length, so that keeping the whole costs the other terms nothing.
 */
export class SparseEncoder {
  readonly #stemmer = newStemmer('english');
  readonly #encoder = new TextEncoder();
  readonly #scanner = new WordScanner();
  readonly #words = new WordCache<WordTerms>(cachedWords, (word) => this.#termsOf(word));
  readonly #indices = new WordCache<number>(cachedWords, (term) => Math.abs(murmur3(this.#encoder.encode(term))));

  /** Of what is stored. */
  document(text: string, kind: Kind): SparseTerms {
    const { terms, length } = this.#terms(text);
    const saturation = k * (1 - b + (b * length) / averageLengths[kind]);
    const weights = new Map<number, number>();
    for (const [term, frequency] of frequencies(terms)) {
      const index = this.#indices.get(term);
      weights.set(index, (weights.get(index) ?? 0) + (frequency * (k + 1)) / (frequency + saturation));
    }
    return { terms, sparse: vector(weights) };
  }

  /** Of what is searched for: every term once, with weight 1. */
  query(text: string): SparseTerms {
    const { terms } = this.#terms(text);
    const weights = new Map<number, number>();
    for (const term of terms) weights.set(this.#indices.get(term), 1);
    return { terms, sparse: vector(weights) };
  }

  #terms(text: string): { terms: string[]; length: number } {
    const terms: string[] = [];
    let length = 0;
    for (const word of this.#scanner.words(text.normalize('NFC'))) {
      const known = this.#words.get(word);
      for (const term of known.terms) terms.push(term);
      length += known.length;
    }
    return { terms, length };
  }

  #termsOf(word: string): WordTerms {
    if (word.length > longestIdentifier) return { terms: [], length: 0 };
    const lower = word.toLowerCase();
    if (stopWords.has(lower)) return { terms: [], length: 0 };
    const whole = lower.replace(/^_+|_+$/g, '');
    if (whole === '') return { terms: [], length: 0 };
    const terms = this.#partsOf(word).map((part) => this.#stemmer.stem(part));
    const length = Math.max(1, terms.length);
    if (stopWords.has(whole)) return { terms, length: terms.length };
    if (whole.length <= longestTerm) terms.unshift(this.#stemmer.stem(whole));
    return { terms, length: terms.length === 0 ? 0 : length };
  }

  /** The lower-case parts of an identifier that are worth a search; none for a plain word. */
  #partsOf(word: string): string[] {
    if (wholeAcronym.test(word)) return [];
    const parts = word.match(identifierParts) ?? [];
    if (parts.length < 2 || parts.filter((part) => digits.test(part)).length > 3) return [];
    return parts
      .map((part) => part.toLowerCase())
      .filter((part) => part.length > 1 && part.length <= longestTerm && !stopWords.has(part));
  }
}

function frequencies(terms: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1);
  return counts;
}

function vector(weights: ReadonlyMap<number, number>): SparseVector {
  const indices = Uint32Array.from(weights.keys()).sort();
  return { indices, values: Float32Array.from(indices, (index) => weights.get(index) ?? 0) };
}
