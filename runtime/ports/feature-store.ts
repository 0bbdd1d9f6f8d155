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

  /** What it was last told that it is complete for; undefined for a new store. */
  completeFor(): Promise<string | undefined>;

  /** Says that everything of `origin` (a raw store and a pipeline, by their identities) has been sent its way. */
  markComplete(origin: string): Promise<void>;

  manifest(documentId: string): Promise<Manifest | undefined>;

  /**
   * Replaces everything stored for one document: new chunks first, stale ones after, the manifest last. Chunks without
   * vectors must be stored already; they keep theirs and take over position and breadcrumb. A search never sees a
   * document without any of its chunks in between. The manifest that is read later lists exactly these chunks.
   *
   * A revision lower than the stored one of the same fingerprint comes too late and changes nothing: what is stored
   * counts as kept.
   * @returns how many chunks were not there before (added), were (kept, with new vectors or without) and no longer are
   * @throws TransientError when a chunk without vectors is not stored with this hash and fingerprint: the document was
   *   changed since its manifest was read, and nothing of this is written
   * @throws RejectedInput `invalid_vector` (a component is not finite), `duplicate_chunk`
   * @throws Misconfigured when a vector has other dimensions than the store was prepared for
   */
  replace(
    document: DocumentFeatures,
    manifest: Manifest,
    chunks: readonly ChunkWrite[],
  ): Promise<{ readonly added: number; readonly kept: number; readonly removed: number }>;

  /** Removes the document and all its chunks. @returns how many chunks there were */
  remove(documentId: string): Promise<number>;

  /**
   * Hybrid: nearest by `dense` and best by BM25, under the same filter, fused by weighted reciprocal rank. Best first.
   * A ranking of weight 0 is left out, and so is one that the query has nothing for (zero vector, no terms). An empty
   * list in a filter matches nothing.
   * @throws RejectedInput `invalid_vector`, `invalid_since`
   * @throws Misconfigured when the vector has other dimensions than the store was prepared for
   */
  search(query: FeatureQuery): Promise<readonly ScoredChunk[]>;

  /** Every stored document, in the order of its id. */
  documents(filter: FeatureFilter): AsyncIterable<StoredFeatures>;

  /** Every stored chunk, by document id and ordinal. */
  chunks(filter: FeatureFilter): AsyncIterable<StoredChunk & { readonly dense: Float32Array }>;

  counts(): Promise<{ readonly documents: number; readonly chunks: number }>;
}
