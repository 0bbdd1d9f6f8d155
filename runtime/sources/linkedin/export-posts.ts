import type { ArchiveEntry } from '../../crawling/archive.ts';
import { type CsvRow, readCsv } from '../../crawling/csv.ts';
import type { DocumentDraft } from '../../domain/documents.ts';
import { sha256 } from '../../domain/identity.ts';
import { timestampFrom } from '../../html/published-at.ts';
import { normalizeAddress } from '../../html/web-address.ts';
import type { Crawled } from '../../ports/source.ts';
import { type ExportContext, partLink } from './export-context.ts';
import { linkedinOrigin, readLink } from './link.ts';
import { tidyText } from './post-text.ts';
import { postLink, publishedAtOf } from './post-urn.ts';

/** Where a member finds what they have posted, for rows that say of no post where it is. */
const activity = `${linkedinOrigin}/in/me/recent-activity/all/`;

interface Written {
  readonly naturalKey: string;
  readonly link: string;
  readonly publishedAt: string | undefined;
  readonly text: string;
}

const shareColumns = ['Date', 'ShareLink', 'ShareCommentary'] as const;
const otherShareColumns = ['SharedUrl', 'MediaUrl', 'Visibility'] as const;

/** Posts. Shares without a word of the member's own are passed over. Dates (`2024-05-01 12:34:56`) are in UTC, some are blank. */
export async function* sharesIn(entry: ArchiveEntry, reading: ExportContext): AsyncGenerator<Crawled> {
  const seen = new Set<string>();
  for await (const row of readCsv(entry, { required: shareColumns, optional: otherShareColumns })) {
    const text = tidyText(withLineBreaks(row.field('ShareCommentary')));
    if (text === '') {
      yield skipped('empty', entry, row.line, reading);
      continue;
    }
    const published = timestampFrom(row.field('Date'));
    const at = addressed(row.field('ShareLink')) ?? unaddressed('share', row.field('Date'), text);
    if (seen.has(at.naturalKey)) {
      yield skipped('duplicate', entry, row.line, reading);
      continue;
    }
    seen.add(at.naturalKey);
    const written = { ...at, publishedAt: published ?? publishedAtOf(at.naturalKey), text };
    yield post(written, row, [...shareColumns, ...otherShareColumns], reading);
  }
}

/**
 * In the column of commentaries a new line is written as quote, new line, quote; inside a quoted field these quotes are
 * doubled like any other.
 */
export function withLineBreaks(commentary: string): string {
  return commentary.replace(/"\r?\n"/g, '\n');
}

const commentColumns = ['Date', 'Link', 'Message'] as const;

/** Comments, which are posts of their own. Quotes in them are written `\"`, unlike in any other file of the export. */
export async function* commentsIn(entry: ArchiveEntry, reading: ExportContext): AsyncGenerator<Crawled> {
  const seen = new Set<string>();
  for await (const row of readCsv(entry, { required: commentColumns, escape: '\\' })) {
    const text = tidyText(row.field('Message'));
    if (text === '') {
      yield skipped('empty', entry, row.line, reading);
      continue;
    }
    const link = row.field('Link').trim();
    const publishedAt = timestampFrom(row.field('Date'));
    const naturalKey = commentKey(link, publishedAt, text);
    if (seen.has(naturalKey)) {
      yield skipped('duplicate', entry, row.line, reading);
      continue;
    }
    seen.add(naturalKey);
    const written = { naturalKey, link: addressed(link)?.link ?? activity, publishedAt, text };
    yield post(written, row, commentColumns, reading);
  }
}

/** A link names the post that was commented on, and only sometimes the comment; a post may have several of one member's. */
function commentKey(link: string, publishedAt: string | undefined, text: string): string {
  const named = URL.canParse(link) ? new URL(link).searchParams.get('commentUrn') : null;
  if (named !== null && /^urn:li:(?:fsd_)?comment:\([\w:(),]{1,200}\)$/i.test(named)) return named;
  return `comment/${sha256([link, publishedAt ?? '', text].join('\0'))}`;
}

function addressed(given: string): Pick<Written, 'naturalKey' | 'link'> | undefined {
  const address = given.trim();
  if (!/^https?:/i.test(address) || !URL.canParse(address)) return undefined;
  const link = readLink(new URL(address), linkedinOrigin);
  if (link?.kind === 'post') return { naturalKey: link.urn, link: postLink(link.urn, linkedinOrigin) };
  return { naturalKey: normalizeAddress(address), link: normalizeAddress(address) };
}

function unaddressed(kind: string, date: string, text: string): Pick<Written, 'naturalKey' | 'link'> {
  return { naturalKey: `${kind}/${sha256([date, text].join('\0'))}`, link: activity };
}

function post<Column extends string>(
  { naturalKey, link, publishedAt, text }: Written,
  row: CsvRow<Column>,
  columns: readonly Column[],
  { authorId }: ExportContext,
): Crawled {
  const asItCame = Object.fromEntries(columns.map((column) => [column, row.field(column)]));
  const payload = { mediaType: 'application/json', bytes: Buffer.from(JSON.stringify(asItCame)) };
  const draft: DocumentDraft = {
    kind: 'post',
    platform: 'linkedin',
    naturalKey,
    authorId,
    link,
    publishedAt,
    content: { text },
    payload,
  };
  return { outcome: 'document', draft };
}

function skipped(reason: string, entry: ArchiveEntry, line: number, { link }: ExportContext): Crawled {
  return { outcome: 'skipped', reason, link: partLink(link, `${entry.path}:${line}`) };
}
