import { type Command, Option } from 'commander';
import type { DeadLetter, Queue } from '../../ports/queue.ts';
import type { CommandContext, CommandTools } from './context.ts';
import { wholeNumber } from './options.ts';
import { plural, printable, styled } from './terminal.ts';

const queueNames = ['crawl', 'changes'] as const;
type QueueName = (typeof queueNames)[number];

interface DlqOptions {
  readonly queue?: QueueName;
  readonly limit?: number;
}

type DeadLetterQueue = Pick<Queue<never>, 'listDead' | 'redriveDead' | 'purgeDead'>;

export function addDlq(program: Command, context: CommandContext): void {
  const dlq = program
    .command('dlq')
    .summary('list, redrive or purge what could not be processed')
    .description('Dead letters are crawl jobs and changes that were given up, each with its reason.')
    .addHelpText(
      'after',
      `
Examples:
  twin dlq list
  twin dlq redrive --queue crawl     then: twin work all, or any ingest, works them off
  twin dlq purge --queue changes`,
    );
  const which = (): Option => new Option('--queue <queue>', 'only this queue').choices(queueNames);

  dlq
    .command('list')
    .description('Lists dead letters with their reasons; they stay where they are.')
    .addOption(which())
    .option('--limit <n>', 'at most so many a queue', wholeNumber(1, 10_000), 100)
    .action((options: DlqOptions) =>
      context.run('dlq', async (tools) => {
        const letters: (DeadLetter & { queue: QueueName })[] = [];
        await forEachQueue(tools, options, async (name, queue) => {
          for (const letter of await queue.listDead(options.limit ?? 100)) letters.push({ queue: name, ...letter });
        });
        const { terminal } = tools;
        if (terminal.json) {
          terminal.out(JSON.stringify({ deadLetters: letters }));
          return 0;
        }
        for (const { queue, reason, message, body, deadSince } of letters) {
          terminal.out(`${styled('bold', queue)}  ${styled('yellow', reason)}  ${styled('dim', deadSince)}`);
          terminal.out(`  ${printable(message)}\n  ${styled('dim', printable(JSON.stringify(body)))}`);
        }
        terminal.say(letters.length === 0 ? 'No dead letters.' : plural(letters.length, 'dead letter'));
        return 0;
      }),
    );

  dlq
    .command('redrive')
    .description('Sends dead letters back to their queues, to be tried anew by the workers.')
    .addOption(which())
    .action((options: DlqOptions) =>
      context.run('dlq', (tools) => count(tools, options, 'redriven', (queue) => queue.redriveDead())),
    );

  dlq
    .command('purge')
    .description('Removes dead letters for good.')
    .addOption(which())
    .action((options: DlqOptions) =>
      context.run('dlq', (tools) => count(tools, options, 'purged', (queue) => queue.purgeDead())),
    );
}

async function count(
  tools: CommandTools,
  options: DlqOptions,
  done: 'redriven' | 'purged',
  act: (queue: DeadLetterQueue) => Promise<number>,
): Promise<number> {
  const counts: Partial<Record<QueueName, number>> = {};
  await forEachQueue(tools, options, async (name, queue) => {
    counts[name] = await act(queue);
  });
  if (tools.terminal.json) tools.terminal.out(JSON.stringify({ [done]: counts }));
  else
    for (const [name, number] of Object.entries(counts))
      tools.terminal.out(`${name}: ${plural(number, 'dead letter')} ${done}`);
  return 0;
}

async function forEachQueue(
  { open }: CommandTools,
  { queue: only }: DlqOptions,
  body: (name: QueueName, queue: DeadLetterQueue) => Promise<void>,
): Promise<void> {
  await using backends = await open('read');
  if (only !== 'changes') await body('crawl', await backends.crawlQueue());
  if (only !== 'crawl') await body('changes', await backends.changeQueue());
}
