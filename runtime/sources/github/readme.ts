import type { DocumentDraft } from '../../domain/documents.ts';
import { decodeText } from '../../domain/text-encoding.ts';
import { escapeLineStarts, escapeText } from '../../html/markdown-escape.ts';
import type { TreeEntry } from './discover.ts';
import { exclusionOfBytes } from './exclusions.ts';
import type { RepositoryIdentity } from './identity.ts';
import type { Metadata } from './metadata.ts';
import { withResolvedLinks } from './readme-links.ts';

export interface ReadmeFile {
  readonly entry: TreeEntry;
  readonly bytes: Uint8Array;
}

/** Where GitHub looks for it, in this order. */
const folders = ['.github/', '', 'docs/'];
const markdownName = /^readme\.(?:md|markdown|mdown|mkdn?)$/i;
const otherName = /^readme(?:\.(?:rst|org|adoc|asciidoc|asc|txt|textile|rdoc|pod|creole|mediawiki|wiki))?$/i;

/** The one file that a repository shows as its own description; it is that document and no code file. */
export class ReadmeChoice {
  #best: { readonly entry: TreeEntry; readonly rank: number } | undefined;

  offer(entry: TreeEntry): void {
    const rank = entry.mode.startsWith('100') ? rankOf(entry.path) : undefined;
    // Names that differ only in case come in git's order, and the first one counts.
    if (rank !== undefined && rank < (this.#best?.rank ?? Number.POSITIVE_INFINITY)) {
      this.#best = { entry, rank };
    }
  }

  get entry(): TreeEntry | undefined {
    return this.#best?.entry;
  }
}

function rankOf(path: string): number | undefined {
  const slash = path.lastIndexOf('/') + 1;
  const folder = folders.indexOf(path.slice(0, slash));
  if (folder === -1) return undefined;
  const name = path.slice(slash);
  if (markdownName.test(name)) return folder * 2;
  return otherName.test(name) ? folder * 2 + 1 : undefined;
}

/** Equal for a file that would give the same text. */
export function readmeFingerprint(entry: TreeEntry | undefined): string {
  return entry === undefined ? '' : `${entry.object} ${entry.key}`;
}

/** @returns undefined where there is nothing to be read about the repository */
export function repositoryArticle(
  repository: RepositoryIdentity,
  authorId: string,
  metadata: Metadata | undefined,
  readme: ReadmeFile | undefined,
): DocumentDraft | undefined {
  const text = readme === undefined ? undefined : textOf(readme, repository);
  const { description, topics = [], homepage, createdAt } = metadata ?? {};
  const parts = [
    description === undefined ? undefined : escapeLineStarts(escapeText(description)),
    topics.length === 0 ? undefined : `Topics: ${topics.map(escapeText).join(', ')}`,
    homepage === undefined ? undefined : `Homepage: <${homepage}>`,
    text,
  ].filter((part) => part !== undefined);
  if (parts.length === 0) return undefined;
  return {
    kind: 'article',
    platform: 'github',
    naturalKey: repository.key,
    authorId,
    link: repository.link,
    title: titleOf(repository),
    publishedAt: createdAt,
    content: { markdown: parts.join('\n\n') },
    payload:
      readme === undefined || text === undefined
        ? { mediaType: 'application/json', bytes: Buffer.from(JSON.stringify(metadata)) }
        : { mediaType: isMarkdown(readme) ? 'text/markdown' : 'text/plain', bytes: readme.bytes },
  };
}

function isMarkdown({ entry }: ReadmeFile): boolean {
  return markdownName.test(entry.path.slice(entry.path.lastIndexOf('/') + 1));
}

function textOf(readme: ReadmeFile, repository: RepositoryIdentity): string | undefined {
  if (exclusionOfBytes(readme.bytes) !== undefined) return undefined;
  const text = decodeText(readme.bytes).replaceAll(/\r\n?/g, '\n').trim();
  if (text === '') return undefined;
  return isMarkdown(readme) ? withResolvedLinks(text, readme.entry.urlPath, repository) : text;
}

/** `owner/name` where there is one, else the name of the folder. */
function titleOf({ name }: RepositoryIdentity): string {
  if (!name.includes('://')) return name;
  const last = new URL(name).pathname.replace(/\/$/, '').replace(/^.*\//, '');
  return decodeText(Buffer.from(unescapedPercent(last), 'latin1')).replace(/\.git$/i, '') || name;
}

/** Bytes as characters. */
function unescapedPercent(text: string): string {
  return text.replaceAll(/%([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
