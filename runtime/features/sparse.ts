import { newStemmer } from 'snowball-stemmers';
import type { Kind } from '../domain/documents.ts';
import type { SparseVector } from '../domain/features.ts';
import { stopWords } from '../domain/stop-words.ts';
import { WordCache } from '../domain/word-cache.ts';
import { WordScanner } from '../domain/words.ts';
import { murmur3 } from './murmur3.ts';

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

interface Term {
  readonly text: string;
  readonly index: number;
  /** How often it occurs in the text that was last seen to have it, and which text that was. */
  count: number;
  source: number;
}

interface WordTerms {
  readonly terms: readonly Term[];
  /** How many words it counts for in the length of a text. */
  readonly length: number;
}

interface CountedTerms {
  readonly terms: readonly string[];
  readonly length: number;
  /** Each with its count, by index. */
  readonly distinct: readonly Term[];
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
  readonly #words = new WordCache<WordTerms>(cachedWords, () => {
    const known = new Map<string, Term>();
    return (word) => this.#termsOf(word, known);
  });
  #texts = 0;

  /** Of what is stored. */
  document(text: string, kind: Kind): SparseTerms {
    const { terms, length, distinct } = this.#terms(text);
    const saturation = k * (1 - b + (b * length) / averageLengths[kind]);
    return { terms, sparse: vector(distinct, (count) => (count * (k + 1)) / (count + saturation)) };
  }

  /** Of what is searched for: every term once, with weight 1. */
  query(text: string): SparseTerms {
    const { terms, distinct } = this.#terms(text);
    return { terms, sparse: vector(distinct, () => 1) };
  }

  #terms(text: string): CountedTerms {
    const terms: string[] = [];
    const distinct: Term[] = [];
    const current = ++this.#texts;
    let length = 0;
    for (const word of this.#scanner.words(text.normalize('NFC'), this.#words)) {
      length += word.length;
      for (const term of word.terms) {
        terms.push(term.text);
        if (term.source !== current) {
          term.source = current;
          term.count = 0;
          distinct.push(term);
        }
        term.count++;
      }
    }
    return { terms, length, distinct: distinct.sort((first, second) => first.index - second.index) };
  }

  #termsOf(word: string, known: Map<string, Term>): WordTerms {
    const terms = this.#searchable(word).map((each) => {
      const stem = this.#stemmer.stem(each);
      const term = known.get(stem) ?? this.#termOf(stem);
      known.set(stem, term);
      return term;
    });
    return { terms, length: terms.length > 1 ? terms.length - 1 : terms.length };
  }

  #termOf(stem: string): Term {
    return { text: stem, index: Math.abs(murmur3(this.#encoder.encode(stem))), count: 0, source: 0 };
  }

  /** What a word is found by: itself, then its parts. */
  #searchable(word: string): string[] {
    if (word.length > longestIdentifier) return [];
    const whole = word.toLowerCase().replace(/^_+|_+$/g, '');
    const parts = this.#partsOf(word);
    return whole === '' || whole.length > longestTerm || stopWords.has(whole) ? parts : [whole, ...parts];
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

/** @param terms each once, by index; two of them may share one */
function vector(terms: readonly Term[], weight: (count: number) => number): SparseVector {
  const indices = new Uint32Array(terms.length);
  const values = new Float32Array(terms.length);
  let used = 0;
  let previous = -1;
  for (const { index, count } of terms) {
    if (index !== previous) indices[used++] = index;
    values[used - 1] = (values[used - 1] ?? 0) + weight(count);
    previous = index;
  }
  return { indices: indices.slice(0, used), values: values.slice(0, used) };
}
