import { setImmediate } from 'node:timers/promises';
import type { RawDocument } from '../domain/documents.ts';
import type { Chunk, ChunkVectors, DocumentFeatures, Manifest } from '../domain/features.ts';
import { chunkId, sha256 } from '../domain/identity.ts';
import type { Embedder } from '../ports/embedder.ts';
import type { ChunkWrite } from '../ports/feature-store.ts';
import { CodeChunker } from './chunk-code.ts';
import type { ChunkDraft } from './chunk-draft.ts';
import { ProseChunker } from './chunk-prose.ts';
import { type CleanedText, clean, cleanerVersion, cleanLine } from './clean.ts';
import { LanguageDetector, languageVersion } from './language.ts';
import { SparseEncoder, sparseVersion } from './sparse.ts';

const chunkerVersion = 1;
/** Texts handed to the embedder at once. */
const batchSize = 64;

export interface ProcessedDocument {
  readonly features: DocumentFeatures;
  readonly manifest: Manifest;
  readonly writes: readonly ChunkWrite[];
  readonly embedded: number;
  readonly reused: number;
}

/** From a raw document to all that the feature store keeps of it. Pure, apart from the embedder. */
export class FeaturePipeline {
  /** Vectors of another fingerprint are never reused. */
  readonly fingerprint: string;
  readonly #embedder: Embedder;
  readonly #prose = new ProseChunker();
  readonly #code = new CodeChunker();
  readonly #languages = new LanguageDetector();
  readonly #sparse = new SparseEncoder();

  constructor(embedder: Embedder) {
    this.#embedder = embedder;
    const versions = [cleanerVersion, chunkerVersion, languageVersion, sparseVersion];
    this.fingerprint = `features-${versions.join('.')}/${embedder.fingerprint}`;
  }

  /**
   * @param previous what the feature store holds of the document: chunks it has already, made by the same pipeline, come
   *   without vectors
   * @throws TransientError when the embedder cannot be reached, and the signal's reason when it is aborted
   */
  async process(
    document: RawDocument,
    author: string,
    previous: Manifest | undefined,
    signal: AbortSignal,
  ): Promise<ProcessedDocument> {
    signal.throwIfAborted();
    const cleaned = clean(document);
    const language = await this.#language(document, cleaned);
    const chunks = identify(document._id, await this.#chunk(document, cleaned, language));
    const known = previous?.fingerprint === this.fingerprint ? previous.chunks : {};
    const fresh = chunks.filter(({ id }) => !Object.hasOwn(known, id));
    const vectors = await this.#vectors(fresh, document, signal);
    return {
      features: features(document, author, language),
      manifest: {
        revision: document.revision,
        fingerprint: this.fingerprint,
        chunks: Object.fromEntries(chunks.map(({ id, hash }) => [id, hash])),
      },
      writes: chunks.map((chunk) => ({ chunk, vectors: vectors.get(chunk.id) })),
      embedded: fresh.length,
      reused: chunks.length - fresh.length,
    };
  }

  /** @throws TransientError when the embedder cannot be reached */
  async vectorsForQuery(text: string, signal?: AbortSignal): Promise<ChunkVectors> {
    const query = cleanLine(text);
    const [dense] = await this.#embedder.embed([query], signal);
    if (dense === undefined) throw new TypeError('The embedder gave no vector for a text');
    return { dense, ...this.#sparse.query(query) };
  }

  async #language(document: RawDocument, { text, language }: CleanedText): Promise<string | undefined> {
    if (document.kind === 'code') return document.content.language;
    return this.#languages.detect(text, language);
  }

  async #chunk(document: RawDocument, cleaned: CleanedText, language: string | undefined): Promise<ChunkDraft[]> {
    const { text, title } = cleaned;
    if (document.kind === 'code' && cleaned.form === 'code') return this.#code.chunk({ ...document.content, text });
    const spoken = document.kind === 'code' ? undefined : language;
    return this.#prose.chunk({ text, title, language: spoken, isPost: document.kind === 'post' });
  }

  /** One batch after the other: texts in hand stay few, however long the document. */
  async #vectors(
    chunks: readonly Chunk[],
    document: RawDocument,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, ChunkVectors>> {
    const vectors = new Map<string, ChunkVectors>();
    for (let start = 0; start < chunks.length; start += batchSize) {
      signal.throwIfAborted();
      const batch = chunks.slice(start, start + batchSize);
      const texts = batch.map(({ breadcrumb, text }) => [breadcrumb.join(' > '), text].join('\n'));
      const dense = await this.#embedder.embed(texts, signal);
      for (const [index, { id }] of batch.entries()) {
        const vector = dense[index];
        if (vector === undefined) throw new TypeError('The embedder gave fewer vectors than it was given texts');
        vectors.set(id, { dense: vector, ...this.#sparse.document(texts[index] ?? '', document.kind) });
      }
      // A long document must not keep the process from its timers: heartbeats hold messages that are in hand.
      await setImmediate();
    }
    return vectors;
  }
}

/** The same text under the same headings is told apart by its occurrence. */
function identify(document: string, drafts: readonly ChunkDraft[]): Chunk[] {
  const occurrences = new Map<string, number>();
  return drafts.map((draft, ordinal) => {
    const hash = sha256([...draft.breadcrumb, draft.text].join('\u0000'));
    const occurrence = occurrences.get(hash) ?? 0;
    occurrences.set(hash, occurrence + 1);
    return { ...draft, id: chunkId(document, hash, occurrence), hash, ordinal };
  });
}

function features(document: RawDocument, author: string, language: string | undefined): DocumentFeatures {
  const { _id, kind, platform, authorId, link, title, publishedAt } = document;
  return { documentId: _id, kind, platform, authorId, author, link, title, publishedAt, language };
}
