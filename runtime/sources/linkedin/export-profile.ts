import { type ArchiveEntry, refusalOfEntry } from '../../crawling/archive.ts';
import { readCsv } from '../../crawling/csv.ts';
import { RejectedInput } from '../../domain/errors.ts';
import { escapeLineStarts, escapeText } from '../../html/markdown-escape.ts';
import type { Crawled } from '../../ports/source.ts';
import { type ExportContext, partLink } from './export-context.ts';
import { linkedinOrigin, memberLink } from './link.ts';
import { tidyText } from './post-text.ts';

export interface ProfileFiles {
  readonly profile: ArchiveEntry | undefined;
  readonly positions: ArchiveEntry | undefined;
  readonly education: ArchiveEntry | undefined;
}

/** No more of it is a life. */
const maxRows = 500;

/** Only these columns are taken: addresses, dates of birth and the like are never looked at. */
const parts = [
  { file: 'profile', heading: undefined, columns: ['Headline', 'Summary'], optional: [], write: aboutOf },
  {
    file: 'positions',
    heading: 'Positions',
    columns: ['Company Name', 'Title'],
    optional: ['Description', 'Location', 'Started On', 'Finished On'],
    write: positionOf,
  },
  {
    file: 'education',
    heading: 'Education',
    columns: ['School Name'],
    optional: ['Start Date', 'End Date', 'Notes', 'Degree Name', 'Activities'],
    write: schoolOf,
  },
] as const;

type Row = Readonly<Record<string, string>>;

/** One article of what the member says of themselves. */
export async function* profileIn(files: ProfileFiles, reading: ExportContext): AsyncGenerator<Crawled> {
  const blocks: string[] = [];
  const asItCame: Record<string, readonly Row[]> = {};
  for (const { file, heading, columns, optional, write } of parts) {
    const entry = files[file];
    if (entry === undefined) continue;
    const read = await rowsOf(entry, columns, optional);
    if (read instanceof RejectedInput) {
      yield {
        outcome: 'rejected',
        link: partLink(reading.link, entry.path),
        reason: read.reason,
        message: read.message,
      };
      continue;
    }
    asItCame[file] = read;
    const written = read.map(write).filter((block) => block !== '');
    if (heading !== undefined && written.length > 0) blocks.push(`## ${heading}`);
    blocks.push(...written);
  }
  if (blocks.length === 0) return;
  const { authorId } = reading;
  yield {
    outcome: 'document',
    draft: {
      kind: 'article',
      platform: 'linkedin',
      naturalKey: `profile/${authorId}`,
      authorId,
      link: `${memberLink('me', linkedinOrigin)}/`,
      title: 'Profile',
      content: { markdown: blocks.join('\n\n') },
      payload: { mediaType: 'application/json', bytes: Buffer.from(JSON.stringify(asItCame)) },
    },
  };
}

async function rowsOf(
  entry: ArchiveEntry,
  required: readonly string[],
  optional: readonly string[],
): Promise<readonly Row[] | RejectedInput> {
  const rows: Row[] = [];
  try {
    for await (const row of readCsv(entry, { required, optional })) {
      rows.push(Object.fromEntries([...required, ...optional].map((column) => [column, row.field(column)])));
      if (rows.length === maxRows) break;
    }
    return rows;
  } catch (error) {
    return refusalOfEntry(error);
  }
}

function aboutOf(row: Row): string {
  return joined([prose(row['Headline']), prose(row['Summary'])], '\n\n');
}

function positionOf(row: Row): string {
  const heading = joined([line(row['Title']), line(row['Company Name'])], ', ');
  const where = joined([span(row['Started On'], row['Finished On']), line(row['Location'])], ', ');
  return joined([heading && `### ${heading}`, where, prose(row['Description'])], '\n\n');
}

function schoolOf(row: Row): string {
  const heading = joined([line(row['School Name']), line(row['Degree Name'])], ', ');
  const when = span(row['Start Date'], row['End Date']);
  return joined([heading && `### ${heading}`, when, prose(row['Notes']), prose(row['Activities'])], '\n\n');
}

/** Without an end, it goes on. */
function span(from: string | undefined, to: string | undefined): string {
  const [start, end] = [line(from), line(to)];
  return start === '' ? end : `${start} – ${end}`.trim();
}

function joined(texts: readonly string[], separator: string): string {
  return texts.filter((text) => text !== '').join(separator);
}

function line(text = ''): string {
  return escapeText(text.replace(/\s+/g, ' ').trim());
}

/** A member's lines stay lines. */
function prose(text = ''): string {
  return escapeText(tidyText(text))
    .split('\n\n')
    .map((paragraph) => escapeLineStarts(paragraph.replaceAll('\n', '  \n')))
    .join('\n\n');
}
