import { rounded } from './statistics.ts';
import { measureIngest } from './twin-process.ts';
import { makeWriting } from './writing.ts';

const files = 100_000;

/** Resident memory of one `twin ingest` of a large folder: its peak, and how it goes over time. */
export async function benchMemory(): Promise<Record<string, unknown>> {
  await using folder = await makeWriting(files);
  const { outcome, samples, peakMegabytes } = await measureIngest(folder.home, folder.writing);
  const at = (share: number): number | undefined => samples[Math.floor(share * (samples.length - 1))];
  return {
    documents: outcome.sources[0]?.documents['created'],
    seconds: rounded(outcome.elapsedMs / 1000),
    documentsPerSecond: rounded(files / (outcome.elapsedMs / 1000)),
    peakMegabytes,
    residentMegabytes: { quarter: at(0.25), half: at(0.5), threeQuarters: at(0.75), end: at(1) },
  };
}
