import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import { ZipFile } from 'yazl';

/** Writes a zip file as any program would. */
export async function zipOf(
  path: string,
  files: Readonly<Record<string, string | Uint8Array>>,
  options: { readonly compress?: boolean } = {},
): Promise<void> {
  const zip = new ZipFile();
  for (const [name, content] of Object.entries(files)) zip.addBuffer(Buffer.from(content), name, options);
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(path));
}

export interface ForgedEntry {
  readonly name: string;
  readonly text?: string;
  /** Deflated, instead of `text`. */
  readonly packed?: Uint8Array;
  /** What is claimed as the unpacked size. */
  readonly size?: number;
  /** General purpose bits: 1 is "encrypted". */
  readonly flags?: number;
  /** As Unix has it. */
  readonly mode?: number;
}

/** A zip file (APPNOTE.TXT, 4.3) that says whatever it is told to, as no honest program writes it. */
export function forgedZip(entries: readonly ForgedEntry[]): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, text = '', packed, size, flags = 0, mode = 0o100644 } of entries) {
    const data = Buffer.from(packed ?? text);
    const fileName = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(flags | 0x800, 2);
    common.writeUInt16LE(packed === undefined ? 0 : 8, 4);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(size ?? data.length, 18);
    common.writeUInt16LE(fileName.length, 22);
    const file = Buffer.concat([Buffer.from('PK\u0003\u0004', 'latin1'), common, fileName, data]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(mode * 65_536, 6);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\u0001\u0002\u0014\u0003', 'latin1'), common, rest, fileName]));
    files.push(file);
    offset += file.length;
  }
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(
    directory.reduce((sum, { length }) => sum + length, 0),
    8,
  );
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...files, ...directory, Buffer.from('PK\u0005\u0006', 'latin1'), end]);
}
