import type { DocumentDraft } from '../../domain/documents.ts';
import { decodeText } from '../../domain/text-encoding.ts';
import type { LinguistAttributes } from './attributes.ts';
import type { TreeEntry } from './discover.ts';
import { exclusionOfBytes, exclusionOfText } from './exclusions.ts';
import type { RepositoryIdentity } from './identity.ts';
import type { LanguageTable } from './languages.ts';

export interface CodeFile {
  readonly entry: TreeEntry;
  readonly attributes: LinguistAttributes;
  readonly bytes: Uint8Array;
  readonly repository: RepositoryIdentity;
  readonly commit: string;
  readonly authorId: string;
}

/** @returns why the file is no content, or its document */
export function extract(file: CodeFile, languages: LanguageTable): { readonly excluded: string } | DocumentDraft {
  const { entry, attributes, bytes, repository, commit, authorId } = file;
  const unreadable = exclusionOfBytes(bytes);
  if (unreadable !== undefined) {
    return { excluded: unreadable };
  }
  const text = decodeText(bytes);
  const language = languages.of(entry.path, text, attributes.language);
  const excluded = exclusionOfText(entry.path, text, attributes, language.prose);
  if (excluded !== undefined) {
    return { excluded };
  }
  return {
    kind: 'code',
    platform: 'github',
    naturalKey: `${repository.key}/${entry.key}`,
    authorId,
    link: repository.linkOf(entry.urlPath),
    title: entry.path,
    content: { repository: repository.name, path: entry.path, language: language.name, text, commit },
    payload: { mediaType: 'text/plain', bytes },
  };
}
