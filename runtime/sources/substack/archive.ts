import { type Archive, type ArchiveEntry, readBytes, refusalOfEntry } from '../../crawling/archive.ts';
import { type CsvRow, readCsv } from '../../crawling/csv.ts';
import { archiveNames, openArchive } from '../../crawling/open-archive.ts';
import type { CrawlJob } from '../../domain/crawl-job.ts';
import { RejectedInput } from '../../domain/errors.ts';
import { notContent } from '../../html/page-gate.ts';
import { plainText } from '../../html/plain-text.ts';
import type { CrawlContext, Crawled } from '../../ports/source.ts';
import { bodyToMarkdown, unescapeText } from './body.ts';
import { lookUp } from './known-posts.ts';
import { linkById, postKey, publishedAtOf } from './post.ts';

/** Of an export nothing else is read: the other tables are of subscribers. */
const postsTable = 'posts.csv';
const required = ['post_id', 'post_date', 'is_published', 'type', 'title'] as const;
const bodyPath = /^posts\/(\d{1,15})(?:\.[^/]*)?\.html$/;
const maxBodyBytes = 16 * 1024 * 1024;

type Row = CsvRow<(typeof required)[number]>;

/** Whether a zip file or a folder is what Substack gives people of their publications. */
export async function isExport(path: string): Promise<boolean> {
  const names = await archiveNames(path);
  return names?.includes(postsTable) === true && names.some((name) => bodyPath.test(name));
}

/**
 * Takes in the published posts of an export. They are the same documents as their pages.
 * @throws RejectedInput `wrong_columns`, `corrupt_csv`, `not_an_export`, and what opening an archive throws
 */
export async function* crawlArchive(path: string, job: CrawlJob, context: CrawlContext): AsyncGenerator<Crawled> {
  await using archive = await openArchive(path);
  const table = archive.entry(postsTable);
  if (table === undefined) {
    throw new RejectedInput('not_an_export', `${path} has no ${postsTable}, which is in every export of Substack's`);
  }
  const bodies = bodiesIn(archive);
  const seen = new Set<string>();
  for await (const row of readCsv(table, { required })) {
    context.signal.throwIfAborted();
    const id = /^\s*(\d{1,15})(?!\d)/.exec(row.field('post_id'))?.[1];
    if (id === undefined) {
      const link = `${job.url}#${postsTable}:${row.line}`;
      yield { outcome: 'rejected', link, reason: 'malformed_row', message: `${link} has no post_id that is a number` };
    } else if (!seen.has(id)) {
      seen.add(id);
      yield await postOf(row, id, bodies.get(id), { job, context });
    }
  }
}

/** `posts/<id>.<slug>.html`, by id. */
function bodiesIn({ entries }: Archive): ReadonlyMap<string, ArchiveEntry> {
  const bodies = new Map<string, ArchiveEntry>();
  for (const entry of entries) {
    const id = bodyPath.exec(entry.path)?.[1];
    if (id !== undefined) bodies.set(id, entry);
  }
  return bodies;
}

async function postOf(
  row: Row,
  id: string,
  body: ArchiveEntry | undefined,
  { job, context }: { readonly job: CrawlJob; readonly context: CrawlContext },
): Promise<Crawled> {
  const type = row.field('type').trim() || 'newsletter';
  const naturalKey = postKey(id);
  const known = await lookUp(naturalKey, context);
  const link = known?.link ?? linkById(id);
  if (row.field('is_published').trim().toLowerCase() !== 'true') return { outcome: 'skipped', reason: 'draft', link };
  if (body === undefined) {
    if (type !== 'newsletter' && type !== 'page') return { outcome: 'skipped', reason: 'no_text', link };
    const message = `the export has no text of “${row.field('title').slice(0, 80)}” (${link}): it leaves out some recent posts`;
    return { outcome: 'rejected', link, reason: 'missing_html', message };
  }
  const bytes = await readBytes(body, maxBodyBytes).catch(refusalOfEntry);
  if (bytes instanceof RejectedInput)
    return { outcome: 'rejected', link, reason: bytes.reason, message: bytes.message };
  const html = new TextDecoder().decode(bytes);
  const title = unescapeText(row.field('title')).trim() || undefined;
  const markdown = bodyToMarkdown(html, title, link);
  const problem = notContent('', plainText(markdown), link);
  if (problem !== undefined) return { outcome: 'skipped', reason: 'no_text', link };
  return {
    outcome: 'document',
    draft: {
      kind: 'article',
      platform: 'substack',
      naturalKey,
      authorId: job.authorId,
      link,
      title,
      publishedAt: publishedAtOf(row.field('post_date')),
      content: { markdown, ...(known?.byline !== undefined && { byline: known.byline }) },
      payload: { mediaType: 'text/html', bytes },
    },
  };
}
