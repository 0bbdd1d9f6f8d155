import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CodeChunker } from '../runtime/features/chunk-code.ts';

const megabyte = 1e6;
/** What every checkout has: the compiler's declarations and a library's sources. */
const folders = ['node_modules/typescript/lib', 'node_modules/zod/src'];
const languages: Readonly<Record<string, string>> = { '.ts': 'typescript', '.js': 'javascript' };
const largestFile = 256 * 1024;

/** MB/s of chunking by syntax tree, parser included, over real TypeScript and JavaScript. */
export async function benchCodeChunking() {
  const files = (await Promise.all(folders.map(sources))).flat();
  const bytes = files.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  const chunker = new CodeChunker();
  const run = async () => {
    let chunks = 0;
    for (const file of files) chunks += (await chunker.chunk(file)).length;
    return chunks;
  };
  const coldStarted = performance.now();
  await run();
  const started = performance.now();
  const chunks = await run();
  const ended = performance.now();
  return {
    unit: 'MB/s',
    megabytes: Math.round(bytes / megabyte),
    files: files.length,
    chunks,
    first: rate(bytes, started - coldStarted),
    warm: rate(bytes, ended - started),
    residentMB: Math.round(process.memoryUsage().rss / megabyte),
  };
}

function rate(bytes: number, milliseconds: number): number {
  return Math.round((bytes / megabyte / (milliseconds / 1000)) * 10) / 10;
}

async function sources(folder: string): Promise<{ path: string; text: string; language: string }[]> {
  const root = join(import.meta.dirname, '..', folder);
  const names = await readdir(root, { recursive: true });
  const files = await Promise.all(
    names
      .filter((name) => /\.[tj]s$/.test(name))
      .map(async (name) => ({
        path: join(folder, name),
        text: await readFile(join(root, name), 'utf8'),
        language: languages[name.slice(-3)] ?? 'typescript',
      })),
  );
  return files.filter(({ text }) => text.length <= largestFile);
}
