import type { Kind } from '../domain/documents.ts';
import type { Chunk, ChunkVectors, DocumentFeatures, FeatureFilter, Manifest } from '../domain/features.ts';

/** A chunk to be stored; without vectors where it is stored already and keeps them. */
export interface ChunkWrite {
  readonly chunk: Chunk;
  readonly vectors?: ChunkVectors | undefined;
}

export interface FeatureQuery {
  readonly vectors: ChunkVectors;
  readonly filter: FeatureFilter;
  readonly limit: number;
  /** Of the two rankings in the fusion. */
  readonly weights: { readonly dense: number; readonly sparse: number };
}

export interface StoredChunk {
  readonly document: DocumentFeatures;
  readonly chunk: Chunk;
}

export interface ScoredChunk extends StoredChunk {
  readonly score: number;
}

export interface StoredFeatures {
  readonly document: DocumentFeatures;
  readonly manifest: Manifest;
}

/**
 * Keeps what is derived from raw documents. Writes are durable when the promise resolves.
 * Every method throws TransientError when the store cannot be reached for now, Misconfigured when a person must act.
 */
export interface FeatureStore extends AsyncDisposable {
  /** Creates what is missing. Idempotent. @throws Misconfigured when it holds vectors of other dimensions */
  prepare(options: { readonly dimensions: number }): Promise<void>;

  manifest(documentId: string): Promise<Manifest | undefined>;

  /**
   * Replaces everything stored for one document: new chunks first, stale ones after, the manifest last. Chunks without
   * vectors must be stored already; they keep theirs and take over position and breadcrumb. A search never sees a
   * document without any of its chunks in between.
   * @returns how many chunks were added, kept and removed
   */
  replace(
    document: DocumentFeatures,
    manifest: Manifest,
    chunks: readonly ChunkWrite[],
  ): Promise<{ readonly added: number; readonly kept: number; readonly removed: number }>;

  /** Removes the document and all its chunks. @returns how many chunks there were */
  remove(documentId: string): Promise<number>;

  /** Hybrid: nearest by `dense` and best by BM25, fused by weighted reciprocal rank. Best first. */
  search(query: FeatureQuery): Promise<readonly ScoredChunk[]>;

  /** Every stored document, in the order of its id. */
  documents(filter: FeatureFilter): AsyncIterable<StoredFeatures>;

  /** Every stored chunk, by document id and ordinal. */
  chunks(filter: FeatureFilter): AsyncIterable<StoredChunk & { readonly dense: Float32Array }>;

  counts(): Promise<{
    readonly documents: number;
    readonly chunks: number;
    readonly byKind: Readonly<Record<Kind, number>>;
  }>;
}
