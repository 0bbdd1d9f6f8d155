import type { ArticleDocument, CodeDocument, PostDocument } from '../../runtime/domain/documents.ts';
import { authorId, documentId, sha256 } from '../../runtime/domain/identity.ts';

const time = '2026-01-01T00:00:00.000Z';

const common = {
  _id: documentId('web', 'https://example.com/a'),
  platform: 'web',
  naturalKey: 'https://example.com/a',
  authorId: authorId('Ada'),
  link: 'https://example.com/a',
  snapshot: { mediaType: 'text/plain', compression: 'none', bytes: new Uint8Array() },
  contentHash: sha256('a'),
  revision: 1,
  crawledAt: time,
  changedAt: time,
} as const;

export function article(markdown: string, title?: string): ArticleDocument {
  return { ...common, kind: 'article', title, content: { markdown } };
}

export function post(text: string): PostDocument {
  return { ...common, kind: 'post', content: { text } };
}

export function code(text: string, language: string, path = 'source/file'): CodeDocument {
  return { ...common, kind: 'code', content: { repository: 'ada/engine', path, language, text, commit: 'c0ffee' } };
}
