import { CsvError, parse } from 'csv-parse';
import { messageOf, RejectedInput } from '../domain/errors.ts';
import type { ArchiveEntry } from './archive.ts';

export interface CsvOptions<Column extends string> {
  /** Of these each row must have a field, however many others there are. */
  readonly required: readonly Column[];
  /** Taken when they are there. */
  readonly optional?: readonly Column[] | undefined;
  /** What makes a quote part of a quoted field. Default: another quote (RFC 4180). */
  readonly escape?: '"' | '\\' | undefined;
}

export interface CsvRow<Column extends string> {
  /** The first line of a file is 1. */
  readonly line: number;
  /** Empty where the row has no such field. */
  readonly field: (column: Column) => string;
}

/** One row of a CSV file may be so long. */
const maxRecordBytes = 16 * 1024 * 1024;
/** Before the header line some exports explain themselves in a few lines. */
const maxPreamble = 20;

/**
 * Reads a CSV file row by row, by the names of its columns: in any order and any case, after lines that are no header.
 * Rows that are too short or too long are read as far as they go.
 * @throws RejectedInput `wrong_columns` naming what is missing and what was found, `corrupt_csv`
 */
export async function* readCsv<Column extends string>(
  entry: ArchiveEntry,
  options: CsvOptions<Column>,
): AsyncGenerator<CsvRow<Column>> {
  const { required, optional = [] } = options;
  const parser = parse({
    bom: true,
    escape: options.escape ?? '"',
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: maxRecordBytes,
    info: true,
  });
  const source = await entry.open();
  source.on('error', (error) => parser.destroy(error));
  source.pipe(parser);
  let places: ReadonlyMap<Column, number> | undefined;
  const preamble: (readonly string[])[] = [];
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      if (places === undefined) {
        preamble.push(record);
        places = placesOf(record, required, optional);
        if (places === undefined && preamble.length >= maxPreamble) break;
        continue;
      }
      const at = places;
      yield { line: info.lines, field: (column) => record[at.get(column) ?? -1] ?? '' };
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new RejectedInput('corrupt_csv', `${entry.path} is no CSV file: ${messageOf(error)}`, { cause: error });
  } finally {
    source.destroy();
    parser.destroy();
  }
  if (places === undefined) throw wrongColumns(entry.path, required, preamble);
}

function placesOf<Column extends string>(
  header: readonly string[],
  required: readonly Column[],
  optional: readonly Column[],
): ReadonlyMap<Column, number> | undefined {
  const names = header.map(plain);
  const places = new Map([...required, ...optional].map((column) => [column, names.indexOf(plain(column))] as const));
  return required.every((column) => (places.get(column) ?? -1) >= 0) ? places : undefined;
}

function wrongColumns(
  path: string,
  required: readonly string[],
  preamble: readonly (readonly string[])[],
): RejectedInput {
  // The line that has most of the columns is what was meant as the header.
  const shared = (line: readonly string[]) =>
    line.filter((name) => required.some((column) => plain(column) === plain(name)));
  const header = preamble.toSorted((a, b) => shared(b).length - shared(a).length)[0] ?? [];
  const missing = required.filter((column) => !header.some((name) => plain(name) === plain(column)));
  const found =
    header.length === 0
      ? 'it is empty'
      : `found are ${header
          .map((name) => name.slice(0, 40))
          .slice(0, 30)
          .join(', ')}`;
  return new RejectedInput('wrong_columns', `${path} has no column ${missing.join(', ')}; ${found}`);
}

function plain(name: string): string {
  return name.trim().toLowerCase();
}
