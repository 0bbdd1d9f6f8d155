import type { Chunk, ChunkVectors, DocumentFeatures, Manifest } from '../../runtime/domain/features.ts';
import { authorId, chunkId, documentId, sha256 } from '../../runtime/domain/identity.ts';
import { murmur3 } from '../../runtime/features/murmur3.ts';
import type { ChunkWrite, FeatureQuery, FeatureStore, ScoredChunk } from '../../runtime/ports/feature-store.ts';

export const dimensions = 8;

export interface Piece {
  /** Its words are its terms. */
  readonly text: string;
  readonly dense?: readonly number[] | undefined;
  readonly terms?: readonly string[] | undefined;
}

export interface Version {
  readonly document: DocumentFeatures;
  readonly manifest: Manifest;
  readonly writes: readonly (ChunkWrite & { readonly vectors: ChunkVectors })[];
}

export function documentNamed(name: string, changes: Partial<DocumentFeatures> = {}): DocumentFeatures {
  return {
    documentId: documentId('web', name),
    kind: 'article',
    platform: 'web',
    authorId: authorId('Ada'),
    author: 'Ada',
    link: `https://ada.example/${name}`,
    title: `About ${name}`,
    publishedAt: '2024-05-01T12:00:00.000Z',
    language: 'en',
    ...changes,
  };
}

/** A document made of pieces, as the pipeline would make it: ids from hashes, offsets and lines in order. */
export function versionOf(
  document: DocumentFeatures,
  pieces: readonly (string | Piece)[],
  { revision = 1, fingerprint = 'pipeline-1' }: { revision?: number; fingerprint?: string } = {},
): Version {
  const occurrences = new Map<string, number>();
  let start = 0;
  const writes = pieces.map((given, ordinal) => {
    const piece = typeof given === 'string' ? { text: given } : given;
    const breadcrumb = [document.link, 'Section'];
    const hash = sha256(`${breadcrumb.join('\n')}\n${piece.text}`);
    const occurrence = occurrences.get(hash) ?? 0;
    occurrences.set(hash, occurrence + 1);
    const chunk: Chunk = {
      id: chunkId(document.documentId, hash, occurrence),
      hash,
      ordinal,
      text: piece.text,
      breadcrumb,
      start,
      end: start + piece.text.length,
      startLine: 2 * ordinal + 1,
      endLine: 2 * ordinal + 2,
    };
    start = chunk.end + 1;
    return { chunk, vectors: vectorsOf(piece.terms ?? piece.text.split(' '), piece.dense ?? denseOf(piece.text)) };
  });
  const chunks = Object.fromEntries(writes.map(({ chunk }) => [chunk.id, chunk.hash]));
  return { document, manifest: { revision, fingerprint, chunks }, writes };
}

/** Of length 1, and different for different texts. */
export function denseOf(text: string): readonly number[] {
  const digest = sha256(text);
  return Array.from(
    { length: dimensions },
    (_, index) => Number.parseInt(digest.slice(4 * index, 4 * index + 4), 16) - 2 ** 15,
  );
}

export const noDirection: readonly number[] = Array.from({ length: dimensions }, () => 0);

export function vectorsOf(terms: readonly string[], dense: readonly number[]): ChunkVectors {
  const frequencies = new Map<number, number>();
  for (const term of terms) {
    const index = Math.abs(murmur3(new TextEncoder().encode(term)));
    frequencies.set(index, (frequencies.get(index) ?? 0) + 1);
  }
  const indices = Uint32Array.from(frequencies.keys()).sort();
  const saturated = (frequency: number) => (frequency * 2.2) / (frequency + 1.2);
  const length = Math.hypot(...dense) || 1;
  return {
    dense: Float32Array.from(dense, (component) => component / length),
    sparse: { indices, values: Float32Array.from(indices, (index) => saturated(frequencies.get(index) ?? 0)) },
    terms,
  };
}

/** The writes as the pipeline makes them when only these texts are new. */
export function keeping(version: Version, newTexts: readonly string[] = []): readonly ChunkWrite[] {
  return version.writes.map((write) => (newTexts.includes(write.chunk.text) ? write : { chunk: write.chunk }));
}

export async function put(store: FeatureStore, version: Version) {
  return await store.replace(version.document, version.manifest, version.writes);
}

export async function nearest(store: FeatureStore, dense: readonly number[], changes: Partial<FeatureQuery> = {}) {
  const vectors = vectorsOf([], dense);
  return await store.search({ vectors, filter: {}, limit: 10, weights: { dense: 1, sparse: 0 }, ...changes });
}

export async function matching(store: FeatureStore, terms: readonly string[], changes: Partial<FeatureQuery> = {}) {
  const vectors = vectorsOf(terms, noDirection);
  return await store.search({ vectors, filter: {}, limit: 10, weights: { dense: 0, sparse: 1 }, ...changes });
}

export function textsOf(found: readonly Pick<ScoredChunk, 'chunk'>[]): readonly string[] {
  return found.map(({ chunk }) => chunk.text);
}

/** Everything that can be read from the store, to be compared as a whole. */
export async function contentsOf(store: FeatureStore) {
  return {
    documents: await collect(store.documents({})),
    chunks: await collect(store.chunks({})),
    counts: await store.counts(),
  };
}

export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) {
    collected.push(item);
  }
  return collected;
}

/** A place that is empty at first and gone at the end; what is opened there twice is the same store. */
export interface FeaturePlace extends AsyncDisposable {
  open(): Promise<FeatureStore>;
}

/** Called for each test. */
export type NewFeaturePlace = () => Promise<FeaturePlace>;

/** Gives the body a new store that has been prepared. */
export async function withStore(
  newPlace: NewFeaturePlace,
  body: (store: FeatureStore, place: FeaturePlace) => Promise<void>,
): Promise<void> {
  await using place = await newPlace();
  await using store = await place.open();
  await store.prepare({ dimensions });
  await body(store, place);
}
