import type { Kind, Platform } from './documents.ts';

/** A piece of a cleaned document that is retrieved as one. Its text is exactly a slice of the cleaned text. */
export interface Chunk {
  /** UUIDv5 of document, hash and occurrence: an unchanged chunk keeps its id wherever it moves. */
  readonly id: string;
  /** SHA-256 of breadcrumb and text, the two things that are embedded. */
  readonly hash: string;
  /** 0-based, in the order of the text. */
  readonly ordinal: number;
  readonly text: string;
  /** From the outside in: title and headings for prose; path, class and function for code. */
  readonly breadcrumb: readonly string[];
  /** UTF-16 offsets into the cleaned text, end exclusive. */
  readonly start: number;
  readonly end: number;
  /** 1-based lines of the cleaned text, both inclusive. */
  readonly startLine: number;
  readonly endLine: number;
}

/** Sorted by index, each index once. */
export interface SparseVector {
  readonly indices: Uint32Array;
  readonly values: Float32Array;
}

/**
 * What a chunk is found by. An engine ranks by `sparse` where it applies IDF to vectors itself, or by `terms` where it
 * keeps an inverted index; both come from the same tokens.
 */
export interface ChunkVectors {
  /** Of length 1 (L2). */
  readonly dense: Float32Array;
  readonly sparse: SparseVector;
  /** Stemmed tokens in text order. */
  readonly terms: readonly string[];
}

/** What the feature store knows of a document as a whole. */
export interface DocumentFeatures {
  readonly documentId: string;
  readonly kind: Kind;
  readonly platform: Platform;
  readonly authorId: string;
  readonly author: string;
  readonly link: string;
  readonly title?: string | undefined;
  readonly publishedAt?: string | undefined;
  /** ISO 639-1 for prose, Linguist's lower-case name for code; absent when it cannot be told. */
  readonly language?: string | undefined;
}

/** What the feature store holds for a document, and what made it. */
export interface Manifest {
  readonly revision: number;
  /** Versions of cleaner, chunker, describer and embedder. Vectors of another fingerprint are never reused. */
  readonly fingerprint: string;
  /** Chunk id → chunk hash. */
  readonly chunks: Readonly<Record<string, string>>;
}

export interface FeatureFilter {
  readonly kinds?: readonly Kind[] | undefined;
  readonly platforms?: readonly Platform[] | undefined;
  readonly authorIds?: readonly string[] | undefined;
  readonly languages?: readonly string[] | undefined;
  /** Published at or after this timestamp; undated documents never match. */
  readonly since?: string | undefined;
}
