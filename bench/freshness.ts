import { setTimeout as delay } from 'node:timers/promises';
import { runStages } from '../runtime/entry/run-stages.ts';
import { Random, randomMarkdown } from '../test/stress/random.ts';
import { percentile, rounded } from './statistics.ts';
import { openWorkspace, silent } from './workspace.ts';

const documents = 1_000;
const perSecond = 50;

/** Writes posts at a steady rate while capture and index run, and times each from its write to being searchable. */
export async function benchFreshness(): Promise<Record<string, unknown>> {
  await using workspace = await openWorkspace();
  const { backends, config } = workspace;
  const random = new Random(1);
  const author = await backends.users.getOrCreate('Bench', new Date());
  const writtenAt = new Map<string, number>();
  const times: number[] = [];
  const all = Promise.withResolvers<void>();
  await using _stages = runStages(['cdc', 'features'], {
    backends,
    config,
    logger: silent,
    onIndexed: ({ documentId }) => {
      const written = writtenAt.get(documentId);
      if (written === undefined) return;
      times.push(performance.now() - written);
      if (times.length === documents) all.resolve();
    },
  });
  for (let index = 0; index < documents; index += 1) {
    const text = randomMarkdown(random);
    const started = performance.now();
    const { documentId } = await backends.documents.put(
      {
        kind: 'post',
        platform: 'web',
        naturalKey: `post ${index}`,
        authorId: author._id,
        link: `https://example.org/${index}`,
        content: { text },
        payload: { mediaType: 'text/plain', bytes: Buffer.from(text) },
      },
      new Date(),
    );
    writtenAt.set(documentId, started);
    await delay(1000 / perSecond);
  }
  await all.promise;
  return {
    documents,
    perSecond,
    p50Ms: rounded(percentile(times, 0.5)),
    p95Ms: rounded(percentile(times, 0.95)),
    p99Ms: rounded(percentile(times, 0.99)),
    maxMs: rounded(Math.max(...times)),
  };
}
