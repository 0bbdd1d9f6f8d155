import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random, randomMarkdown } from '../test/stress/random.ts';

export interface WritingFolder extends AsyncDisposable {
  /** Where a workspace may go beside the writing. */
  readonly home: string;
  readonly writing: string;
}

/** A folder of Markdown files in folders of a thousand; removed afterwards. */
export async function makeWriting(files: number): Promise<WritingFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'twinstream-bench-'));
  const random = new Random(7);
  for (let index = 0; index < files; index += 1) {
    const inner = join(folder, 'writing', String(Math.floor(index / 1000)));
    if (index % 1000 === 0) await mkdir(inner, { recursive: true });
    await writeFile(join(inner, `${index}.md`), `# Note ${index}\n\n${randomMarkdown(random)}`);
  }
  return {
    home: join(folder, 'home'),
    writing: join(folder, 'writing'),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
