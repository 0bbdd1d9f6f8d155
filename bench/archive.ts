import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { Random, randomMarkdown } from '../test/stress/random.ts';
import { rounded } from './statistics.ts';
import { measureIngest } from './twin-process.ts';

const posts = 10_000;

/** `twin ingest export.zip`, to the last searchable chunk: a Substack export, the first time and unchanged. */
export async function benchArchive(): Promise<Record<string, unknown>> {
  const folder = await mkdtemp(join(tmpdir(), 'twinstream-bench-'));
  try {
    const zip = join(folder, 'export.zip');
    const unpackedMegabytes = await writeExport(zip);
    const first = await measureIngest(join(folder, 'home'), zip);
    const again = await measureIngest(join(folder, 'home'), zip);
    return {
      unpackedMegabytes,
      posts: first.outcome.sources[0]?.documents['created'],
      chunks: first.outcome.index['chunks'],
      postsPerSecond: rounded(posts / (first.outcome.elapsedMs / 1000)),
      peakMegabytes: first.peakMegabytes,
      again: {
        unchanged: again.outcome.sources[0]?.documents['unchanged'],
        postsPerSecond: rounded(posts / (again.outcome.elapsedMs / 1000)),
        peakMegabytes: again.peakMegabytes,
      },
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @returns megabytes of what is in it */
async function writeExport(path: string): Promise<number> {
  const random = new Random(7);
  const zip = new ZipFile();
  const written = pipeline(zip.outputStream, createWriteStream(path));
  const rows = ['post_id,post_date,is_published,email_sent_at,type,audience,title,subtitle,podcast_url'];
  let bytes = 0;
  for (let id = 1; id <= posts; id += 1) {
    const date = new Date(Date.UTC(2015, 0, 1) + id * 3_600_000).toISOString();
    rows.push(`${id}.post-${id},${date},true,${date},newsletter,everyone,Post ${id},On the matter of ${id},`);
    const text = `Every post begins with a few words of its own, and this is number ${id}.\n\n${randomMarkdown(random)}`;
    const html = text
      .split(/\n{2,}/)
      .map((block) => `<p>${block.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</p>`)
      .join('');
    bytes += html.length;
    zip.addBuffer(Buffer.from(html), `posts/${id}.post-${id}.html`);
  }
  zip.addBuffer(Buffer.from(rows.join('\n')), 'posts.csv');
  zip.end();
  await written;
  return rounded(bytes / 1e6);
}
