import type { Command } from 'commander';
import { refusalReasons } from '../../html/page-gate.ts';
import type { QueueDepth } from '../../ports/queue.ts';
import type { CommandContext } from './context.ts';
import { duration, plural, reasonCounts, styled } from './terminal.ts';

export function addStatus(program: Command, context: CommandContext): void {
  program
    .command('status')
    .summary('what is stored, what waits, and how far features lag behind')
    .addHelpText('after', '\nExamples:\n  twin status\n  twin status --json | jq .lag')
    .action(() =>
      context.run('status', async ({ terminal, open }) => {
        await using backends = await open('read');
        const [raw, counts, lag] = await Promise.all([
          backends.documents.counts(),
          backends.features.counts(),
          backends.feed.lag(),
        ]);
        const queues = {
          crawl: await (await backends.crawlQueue()).depth(),
          changes: await (await backends.changeQueue()).depth(),
        };
        const features = { documents: counts.documents, chunks: counts.chunks };
        const status = { backends: backends.describe(), raw, features, queues, lag };
        if (terminal.json) {
          terminal.out(JSON.stringify(status));
          return 0;
        }
        const { out } = terminal;
        for (const [port, backend] of Object.entries(status.backends))
          out(`${port.padEnd(10)} ${styled('dim', backend)}`);
        out(
          `\nRaw        ${Object.entries(raw)
            .map(([name, count]) => plural(count, name.replace(/ies$/, 'y').replace(/s$/, ''), name))
            .join(', ')}`,
        );
        out(`Features   ${plural(features.documents, 'document')}, ${plural(features.chunks, 'chunk')}`);
        out(`Crawl      ${depth(queues.crawl)}`);
        const refused = await backends.states.counts(refusalReasons);
        if (refused.size > 0) out(`Refused    ${reasonCounts(refused)} (the last time they were crawled)`);
        out(`Changes    ${depth(queues.changes)}`);
        out(
          `Lag        ${plural(lag.changes, 'change')} not yet captured${lag.changes > 0 ? `, the oldest ${duration(lag.oldestMs)} old` : ''}`,
        );
        return 0;
      }),
    );
}

function depth({ visible, inFlight, dead }: QueueDepth): string {
  const letters = plural(dead, 'dead letter');
  return `${visible} waiting, ${inFlight} in hand, ${dead > 0 ? styled('red', `${letters} (twin dlq list)`) : letters}`;
}
