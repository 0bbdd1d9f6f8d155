import { fileURLToPath } from 'node:url';
import { type ArchiveEntry, readBytes, refusalOfEntry } from '../../crawling/archive.ts';
import { draftOf } from '../../crawling/http-crawler.ts';
import { archiveNames, openArchive } from '../../crawling/open-archive.ts';
import type { PageReading } from '../../crawling/page-reader.ts';
import type { CrawlJob } from '../../domain/crawl-job.ts';
import { RejectedInput } from '../../domain/errors.ts';
import { type Element, findElement, lineOf, signature } from '../../html/dom.ts';
import { parseHtml } from '../../html/parse.ts';
import { timestampFrom } from '../../html/published-at.ts';
import type { CrawlContext, Crawled } from '../../ports/source.ts';
import { postIdOfPath } from './link.ts';
import { paragraphsIn } from './markup.ts';
import { editorHeadings } from './page-body.ts';
import { documentOf, linkOf } from './story.ts';

/** Without the folder when there is nothing else in the archive. All other folders of an export are private. */
const storyName = /^(?:posts\/)?(\d{4}-\d{2}-\d{2}|draft)_[^/]*\.html$/;
const namedById = /[-_]([0-9a-f]{10,12})\.html$/;
const maxStoryBytes = 16 * 1024 * 1024;

/** Whether a file or folder is Medium's export. @throws RejectedInput as `openArchive` does */
export async function isMediumExport(link: URL): Promise<boolean> {
  const names = await namesIn(link);
  const stories = names.filter((name) => storyName.test(name) && namedById.test(name));
  // A folder of a person's own may have a file with such a name.
  return stories.some((name) => name.startsWith('posts/')) || (stories.length > 0 && stories.length === names.length);
}

async function namesIn(link: URL): Promise<readonly string[]> {
  try {
    return (await archiveNames(fileURLToPath(link))) ?? [];
  } catch (error) {
    if (error instanceof RejectedInput) throw error;
    return [];
  }
}

/** Takes in what was published: stories and responses. Says of drafts that they are left out. Deletes nothing. */
export async function* crawlExport(job: CrawlJob, { signal }: CrawlContext): AsyncGenerator<Crawled> {
  await using archive = await openArchive(fileURLToPath(job.url));
  for (const entry of archive.entries) {
    signal.throwIfAborted();
    const date = storyName.exec(entry.path)?.[1];
    if (date === undefined) continue;
    const link = `${job.url}#${encodeURI(entry.path)}`;
    if (date === 'draft') yield { outcome: 'skipped', reason: 'draft', link };
    else yield await readEntry(entry, link, job);
  }
}

async function readEntry(entry: ArchiveEntry, link: string, job: CrawlJob): Promise<Crawled> {
  const bytes = await readBytes(entry, maxStoryBytes).catch(refusalOfEntry);
  if (bytes instanceof RejectedInput) {
    return { outcome: 'rejected', link, reason: bytes.reason, message: bytes.message };
  }
  const reading = readExported(new TextDecoder().decode(bytes), entry.path);
  if (reading.outcome === 'document') {
    return { outcome: 'document', draft: draftOf(reading.document, 'medium', { mediaType: 'text/html', bytes }, job) };
  }
  return { link, ...reading };
}

type ExportReading = Extract<PageReading, { readonly outcome: 'document' | 'rejected' }>;

/** Reads one story of an export. @param path tells the id, and the day if the file does not */
export function readExported(html: string, path: string): ExportReading {
  const root = parseHtml(html);
  const body = findElement(root, (element) => hasClass(element, 'e-content'));
  const canonical = findElement(root, (element) => hasClass(element, 'p-canonical'))?.attributes.get('href') ?? '';
  const id =
    namedById.exec(path)?.[1] ?? (URL.canParse(canonical) ? postIdOfPath(new URL(canonical).pathname) : undefined);
  if (body === undefined || id === undefined) {
    const message = `${path} is no story as Medium exports them (no e-content, or no id in its name)`;
    return { outcome: 'rejected', reason: 'not_an_article', message };
  }
  const link = linkOf(id, [canonical], 'https://medium.com/');
  const document = documentOf({
    id,
    link,
    title: lineIn(root, 'p-name'),
    byline: lineIn(root, 'p-author'),
    publishedAt: timestampFrom(publishedIn(root)) ?? /\d{4}-\d{2}-\d{2}/.exec(path)?.[0],
    paragraphs: paragraphsIn(body, { baseUrl: link, largeHeadings: editorHeadings }),
  });
  const words = document.kind === 'article' ? document.content.markdown : document.content.text;
  if (words !== '') return { outcome: 'document', document };
  return { outcome: 'rejected', reason: 'empty_page', message: `${path} has no text` };
}

function publishedIn(root: Element): string | undefined {
  return findElement(root, (element) => hasClass(element, 'dt-published'))?.attributes.get('datetime');
}

function lineIn(root: Element, className: string): string | undefined {
  const element = findElement(root, (candidate) => hasClass(candidate, className));
  return (element && lineOf(element)) || undefined;
}

function hasClass(element: Element, name: string): boolean {
  return ` ${signature(element).replaceAll(/\s+/g, ' ')} `.includes(` ${name} `);
}
