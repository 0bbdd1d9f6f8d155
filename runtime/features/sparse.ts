import { newStemmer } from 'snowball-stemmers';
import type { Kind } from '../domain/documents.ts';
import type { SparseVector } from '../domain/features.ts';
import { stopWords } from '../domain/stop-words.ts';
import { WordCache } from '../domain/word-cache.ts';
import { WordScanner } from '../domain/words.ts';
import { murmur3 } from './murmur3.ts';

/** Grows when the same text would give other terms or weights: stored vectors are then made anew. */
export const sparseVersion = 2;

/**
 * Terms in a chunk of each kind, breadcrumb included, on average. They are fixed because a corpus average would change
 * under the vectors that are stored already; chunk sizes are fixed too, so these hold for any corpus. Measured: 69 on 42
 * web articles (1,015 chunks); 76 on the texts of 17 Substack, Medium and LinkedIn pages cut as posts, where many a post
 * is shorter than a chunk; 140 on 880 TypeScript, JavaScript and Python files (5,219 chunks).
 */
const averageLengths: Readonly<Record<Kind, number>> = { article: 70, post: 70, code: 140 };

const k = 1.2;
const b = 0.75;
const longestTerm = 40;
const longestIdentifier = 80;
const cachedWords = 50_000;
/** The index, the text that was last seen to have the term, and how often that has it. */
const cellsPerTerm = 3;
const firstCells = cellsPerTerm * 4096;

const wholeAcronym = /^\p{Lu}{2,}s?$/u;
const identifierParts = /\p{Lu}+(?!\p{Ll})|\p{Lu}?[\p{Ll}\p{Lo}\p{Lm}\p{Lt}\p{M}]+|\p{N}+/gu;
const digits = /\p{N}/u;

/** A word that is not one term: an identifier with its parts, or nothing to search for. */
interface Compound {
  /** By number. */
  readonly terms: readonly number[];
  /** How many words it counts for in the length of a text. */
  readonly length: number;
}

interface CountedTerms {
  readonly terms: readonly string[];
  readonly length: number;
  /** Numbers of terms, in the order of their indices. */
  readonly distinct: readonly number[];
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
  /** Terms by number: what they say, and the cells of each. */
  #texts: string[] = [];
  #cells = new Int32Array(firstCells);
  #numbers = new Map<string, number>();
  #compounds: Compound[] = [];
  #read = 0;
  /** The number of the word's only term, else `~` the index of a compound. */
  readonly #words = new WordCache<number>(cachedWords, () => {
    this.#texts = [];
    this.#numbers = new Map();
    this.#compounds = [];
    return (word) => this.#learn(word);
  });

  /** Of what is stored. */
  document(text: string, kind: Kind): SparseTerms {
    const { terms, length, distinct } = this.#count(text);
    const saturation = k * (1 - b + (b * length) / averageLengths[kind]);
    return { terms, sparse: this.#vector(distinct, (count) => (count * (k + 1)) / (count + saturation)) };
  }

  /** Of what is searched for: every term once, with weight 1. */
  query(text: string): SparseTerms {
    const { terms, distinct } = this.#count(text);
    return { terms, sparse: this.#vector(distinct, () => 1) };
  }

  #count(text: string): CountedTerms {
    const terms: string[] = [];
    const distinct: number[] = [];
    const words = this.#scanner.words(text.normalize('NFC'), this.#words);
    const cells = this.#cells;
    const current = ++this.#read | 0;
    let length = 0;
    const add = (term: number) => {
      const cell = term * cellsPerTerm;
      terms.push(this.#texts[term] ?? '');
      if (cells[cell + 1] !== current) {
        cells[cell + 1] = current;
        cells[cell + 2] = 0;
        distinct.push(term);
      }
      cells[cell + 2] = (cells[cell + 2] ?? 0) + 1;
    };
    for (const word of words) {
      if (word >= 0) {
        add(word);
        length++;
      } else {
        const compound = this.#compounds[~word];
        compound?.terms.forEach(add);
        length += compound?.length ?? 0;
      }
    }
    const indexOf = (term: number) => (cells[term * cellsPerTerm] ?? 0) >>> 0;
    return { terms, length, distinct: distinct.sort((first, second) => indexOf(first) - indexOf(second)) };
  }

  /** @param terms each once, in the order of their indices; two of them may share one */
  #vector(terms: readonly number[], weight: (count: number) => number): SparseVector {
    const indices = new Uint32Array(terms.length);
    const values = new Float32Array(terms.length);
    let used = 0;
    for (const term of terms) {
      const index = (this.#cells[term * cellsPerTerm] ?? 0) >>> 0;
      if (used === 0 || index !== indices[used - 1]) indices[used++] = index;
      values[used - 1] = (values[used - 1] ?? 0) + weight(this.#cells[term * cellsPerTerm + 2] ?? 0);
    }
    return used === terms.length
      ? { indices, values }
      : { indices: indices.slice(0, used), values: values.slice(0, used) };
  }

  #learn(word: string): number {
    const terms = this.#searchable(word).map((each) => this.#termOf(this.#stemmer.stem(each)));
    const [only] = terms;
    if (only !== undefined && terms.length === 1) return only;
    return ~(this.#compounds.push({ terms, length: Math.max(0, terms.length - 1) }) - 1);
  }

  #termOf(stem: string): number {
    const known = this.#numbers.get(stem);
    if (known !== undefined) return known;
    const term = this.#texts.push(stem) - 1;
    this.#numbers.set(stem, term);
    if ((term + 1) * cellsPerTerm > this.#cells.length) {
      const larger = new Int32Array(2 * this.#cells.length);
      larger.set(this.#cells);
      this.#cells = larger;
    }
    this.#cells.set([Math.abs(murmur3(this.#encoder.encode(stem))), 0, 0], term * cellsPerTerm);
    return term;
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
