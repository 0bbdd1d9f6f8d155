import type { PageReading, PageToRead } from '../crawling/page-reader.ts';
import type { Platform } from '../domain/documents.ts';
import { readPage as readWebPage } from '../sources/article/extract.ts';
import { readPage as readLinkedinPage } from '../sources/linkedin/extract.ts';
import { readPage as readMediumPage } from '../sources/medium/extract.ts';
import { readPage as readSubstackPage } from '../sources/substack/extract.ts';

export interface PageOfPlatform {
  readonly platform: Platform;
  readonly page: PageToRead;
}

/** Reads a page as its platform does. It is what a page thread runs. */
export function readPage({ platform, page }: PageOfPlatform): PageReading {
  switch (platform) {
    case 'medium':
      return readMediumPage(page);
    case 'substack':
      return readSubstackPage(page);
    case 'linkedin':
      return readLinkedinPage(page);
    default:
      return readWebPage(page);
  }
}
