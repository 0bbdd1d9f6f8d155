import type { CrawlContext } from '../../ports/source.ts';

export interface ExportContext {
  readonly authorId: string;
  readonly context: CrawlContext;
  /** Of the archive. */
  readonly link: string;
}

/** Names a file, or a row of one, inside the archive. */
export function partLink(archive: string, part: string): string {
  return `${archive}#${encodeURI(part)}`;
}
