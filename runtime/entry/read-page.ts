import type { PageReading, PageToRead } from '../crawling/page-reader.ts';
import type { Platform } from '../domain/documents.ts';
import { readPage as readWebPage } from '../sources/article/extract.ts';

export interface PageOfPlatform {
  readonly platform: Platform;
  readonly page: PageToRead;
}

/** Reads a page as its platform does. It is what a page thread runs. */
export function readPage({ page }: PageOfPlatform): PageReading {
  return readWebPage(page);
}
