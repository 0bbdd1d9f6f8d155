import type { RawDocument } from '../domain/documents.ts';
import { sha256 } from '../domain/identity.ts';

/** What a reader can see of a document. */
export type VisibleParts = Pick<RawDocument, 'kind' | 'authorId' | 'link' | 'content'> & {
  readonly title?: string | undefined;
  readonly publishedAt?: string | undefined;
};

/**
 * SHA-256 of the canonical JSON of what a reader can see. The commit of a code document is left out: it names where
 * the text was first seen, and every file of a repository would change with each new commit.
 */
export function contentHashOf({ kind, authorId, link, title, publishedAt, content }: VisibleParts): string {
  const seen = 'commit' in content ? { ...content, commit: undefined } : content;
  return sha256(canonicalJson({ kind, authorId, link, title, publishedAt, content: seen }));
}

/** JSON with the keys of every object in the order of their UTF-16 units; a key with `undefined` is as if absent. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}
