import type { DocumentDraft } from '../../runtime/domain/documents.ts';
import { authorId } from '../../runtime/domain/identity.ts';

export const ada = authorId('Ada');
export const day = (number: number) => new Date(Date.UTC(2026, 0, number));

/** Of an article on the web. */
export function draftOf(naturalKey: string, markdown: string): DocumentDraft {
  return {
    kind: 'article',
    platform: 'web',
    naturalKey,
    authorId: ada,
    link: naturalKey,
    title: 'On engines',
    content: { markdown },
    payload: payloadOf(`<html><p>${markdown}</p></html>`),
  };
}

export function codeDraftOf(path: string, text: string, commit: string): DocumentDraft {
  return {
    kind: 'code',
    platform: 'github',
    naturalKey: `ada/engine/${path}`,
    authorId: ada,
    link: `https://github.com/ada/engine/blob/HEAD/${path}`,
    content: { repository: 'ada/engine', path, language: 'typescript', text, commit },
    payload: { mediaType: 'text/plain', bytes: Buffer.from(text) },
  };
}

export function payloadOf(text: string) {
  return { mediaType: 'text/html', bytes: new Uint8Array(Buffer.from(text)) };
}
