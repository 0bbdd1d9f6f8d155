import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { ArchiveEntry } from '../../runtime/crawling/archive.ts';
import { type CsvOptions, readCsv } from '../../runtime/crawling/csv.ts';
import { RejectedInput } from '../../runtime/domain/errors.ts';

function entryOf(text: string): ArchiveEntry {
  return { path: 'rows.csv', size: text.length, open: async () => Readable.from([Buffer.from(text)]) };
}

async function rowsOf<Column extends string>(text: string, options: CsvOptions<Column>): Promise<string[][]> {
  const rows: string[][] = [];
  const columns = [...options.required, ...(options.optional ?? [])];
  for await (const { field } of readCsv(entryOf(text), options)) rows.push(columns.map(field));
  return rows;
}

const quoted = (field: string) => `"${field.replaceAll('"', '""')}"`;

describe('A CSV file', () => {
  test('is read by the names of its columns, in any order and case', async () => {
    const text = '\ufefflink, DATE,other\r\nhttps://a.example/,2024-01-02,x\r\n';
    assert.deepEqual(await rowsOf(text, { required: ['Date', 'Link'], optional: ['Missing'] }), [
      ['2024-01-02', 'https://a.example/', ''],
    ]);
  });

  test('may start with lines that explain it', async () => {
    const text = 'Notes:\n"This file, and others, hold your data."\n\nFirst Name,Last Name\nAda,Lovelace\n';
    assert.deepEqual(await rowsOf(text, { required: ['First Name', 'Last Name'] }), [['Ada', 'Lovelace']]);
  });

  test('has rows that are too short and too long', async () => {
    assert.deepEqual(await rowsOf('a,b\n1\n1,2,3\n', { required: ['a', 'b'] }), [
      ['1', ''],
      ['1', '2'],
    ]);
  });

  test('may escape its quotes by a backslash', async () => {
    const options = { required: ['a', 'b'], escape: '\\' } as const;
    assert.deepEqual(await rowsOf('a,b\n"She said \\"no\\", twice",2\n', options), [['She said "no", twice', '2']]);
  });

  test('with other columns is refused by what is missing and what was found', async () => {
    const read = (text: string) => rowsOf(text, { required: ['Date', 'Link'] });
    const isWrong = (message: RegExp) => (error: unknown) =>
      error instanceof RejectedInput && error.reason === 'wrong_columns' && message.test(error.message);
    await assert.rejects(read('Date,Url\n1,2\n'), isWrong(/rows\.csv has no column Link; found are Date, Url/));
    await assert.rejects(read(''), isWrong(/no column Date, Link; it is empty/));
  });

  test('gives back whatever was written to it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.string(), fc.string()), { maxLength: 20 }), async (rows) => {
        const text = ['a,b', ...rows.map((row) => row.map(quoted).join(','))].join('\r\n');
        assert.deepEqual(await rowsOf(text, { required: ['a', 'b'] }), rows);
      }),
    );
  });

  test('of any bytes is read or refused, and never hangs', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 300 }), async (text) => {
        await rowsOf(`a,b\n${text}`, { required: ['a', 'b'] }).catch((error: unknown) => {
          assert.ok(error instanceof RejectedInput, String(error));
        });
      }),
    );
  });
});
