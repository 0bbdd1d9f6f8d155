import { decodeText } from '../../domain/text-encoding.ts';
import { AttributeFiles } from './attributes.ts';
import { listTree, type TreeEntry } from './discover.ts';
import type { GitOptions } from './git.ts';
import type { BlobReader } from './objects.ts';
import { ReadmeChoice } from './readme.ts';

/** What must be known of a whole tree before any file of it is judged. */
export interface TreeSurvey {
  readonly attributeFiles: readonly TreeEntry[];
  readonly readme: TreeEntry | undefined;
}

const maximumAttributesFile = 128 * 1024;
const maximumAttributesFiles = 1_000;

/** In a pass of its own: a folder's attributes may be listed behind the files that they are about. */
export async function surveyTree(
  options: GitOptions,
  gitDirectory: string,
  commit: string,
  signal: AbortSignal,
  each?: (entry: TreeEntry) => void,
): Promise<TreeSurvey> {
  const attributeFiles: TreeEntry[] = [];
  const readme = new ReadmeChoice();
  for await (const entry of listTree(options, gitDirectory, commit, signal)) {
    each?.(entry);
    readme.offer(entry);
    const named = /(?:^|\/)\.gitattributes$/.test(entry.path) && isRegularFile(entry);
    if (named && attributeFiles.length < maximumAttributesFiles) attributeFiles.push(entry);
  }
  return { attributeFiles, readme: readme.entry };
}

export async function readAttributes(blobs: BlobReader, { attributeFiles }: TreeSurvey): Promise<AttributeFiles> {
  const attributes = new AttributeFiles();
  const readable = attributeFiles.filter(({ size }) => size === undefined || size <= maximumAttributesFile);
  for await (const [{ path }, blob] of blobs.read(readable)) {
    if (blob instanceof Uint8Array && blob.length <= maximumAttributesFile) {
      attributes.add(path.slice(0, Math.max(0, path.lastIndexOf('/'))), decodeText(blob));
    }
  }
  return attributes;
}

export function isRegularFile({ mode }: TreeEntry): boolean {
  return mode.startsWith('100');
}

/** Different when the file is another one, or is one in another way. */
export function versionOf({ mode, object }: TreeEntry): string {
  return `${mode} ${object}`;
}
