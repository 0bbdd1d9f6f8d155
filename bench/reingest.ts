import { rounded } from './statistics.ts';
import { measureIngest } from './twin-process.ts';
import { makeWriting } from './writing.ts';

const files = 5_000;

/** The same folder twice, each time by a new process: times with and without the start of the process. */
export async function benchReingest(): Promise<Record<string, unknown>> {
  await using folder = await makeWriting(files);
  const first = await measureIngest(folder.home, folder.writing);
  const second = await measureIngest(folder.home, folder.writing);
  return {
    files,
    first: { elapsedMs: first.outcome.elapsedMs, wallMs: rounded(first.wallMs, 0), ...first.outcome.index },
    second: { elapsedMs: second.outcome.elapsedMs, wallMs: rounded(second.wallMs, 0), ...second.outcome.index },
    secondUnchanged: second.outcome.sources[0]?.documents['unchanged'],
    timesFaster: rounded(first.outcome.elapsedMs / second.outcome.elapsedMs),
    timesFasterWall: rounded(first.wallMs / second.wallMs),
  };
}
