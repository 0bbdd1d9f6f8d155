import type { FeatureFilter } from '../domain/features.ts';
import type { FeatureStore } from '../ports/feature-store.ts';

export const exportKinds = ['chunks', 'documents'] as const;
export type ExportKind = (typeof exportKinds)[number];

/** One object a chunk or document, to be written as JSON Lines; chunks come with their document's facts and vector. */
export async function* exportRows(
  features: FeatureStore,
  kind: ExportKind,
  filter: FeatureFilter,
  options: { readonly vectors: boolean },
): AsyncIterable<Record<string, unknown>> {
  if (kind === 'documents') {
    for await (const { document, manifest } of features.documents(filter)) {
      const { revision, fingerprint, chunks } = manifest;
      yield { ...document, revision, fingerprint, chunks: Object.keys(chunks).length };
    }
    return;
  }
  for await (const { document, chunk, dense } of features.chunks(filter)) {
    yield { ...document, chunk, ...(options.vectors ? { vector: [...dense] } : {}) };
  }
}
