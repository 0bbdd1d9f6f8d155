import { RejectedInput } from '../domain/errors.ts';
import type { Subscribed } from '../odm/subscriptions.ts';
import type { Backends } from './backends.ts';
import { resolveSource } from './resolve-source.ts';
import type { SourcesFile } from './sources-file.ts';

/**
 * Has the sources of a list crawled again on their intervals, by whatever crawler works. What no source takes is left
 * out, and logged as an error: the list has to be corrected.
 * @param list the absolute path of the file
 */
export async function subscribe(
  list: string,
  { sources, folder }: SourcesFile,
  authorId: string,
  backends: Pick<Backends, 'sources' | 'subscriptions' | 'logger'>,
): Promise<void> {
  const subscribed: Subscribed[] = [];
  for (const { text, everyMs } of sources) {
    if (everyMs === null) continue;
    try {
      const { url, task, platform } = await resolveSource(text, folder, await backends.sources());
      subscribed.push({ url, task, platform, authorId, everyMs });
    } catch (error) {
      if (!(error instanceof RejectedInput)) throw error;
      const { reason, message } = error;
      backends.logger.error({ list, source: text, reason }, `${list}: left out of the schedule: ${message}`);
    }
  }
  await backends.subscriptions.replaceList(list, subscribed, new Date());
}
