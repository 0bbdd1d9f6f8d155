import { once } from 'node:events';
import type { Command } from 'commander';
import { Option } from 'commander';
import { type ExportKind, exportKinds, exportRows } from '../../twin/export.ts';
import { resolveFilter } from '../../twin/search.ts';
import type { CommandContext } from './context.ts';
import { type FilterOptions, filterOf, filterOptions } from './options.ts';
import { plural } from './terminal.ts';

interface ExportOptions extends Omit<FilterOptions, 'kind'> {
  readonly kind: ExportKind;
  readonly vectors?: boolean;
}

export function addExport(program: Command, context: CommandContext): void {
  const command = program
    .command('export')
    .summary('write features as JSON Lines')
    .description('Writes what was made of the documents to stdout, one JSON object a line.')
    .addOption(new Option('--kind <what>', 'what a line holds').choices(exportKinds).makeOptionMandatory());
  for (const option of filterOptions()) command.addOption(option);
  command
    .option('--vectors', 'with the dense vector of each chunk')
    .addHelpText(
      'after',
      `
Examples:
  twin export --kind chunks > chunks.jsonl
  twin export --kind documents --platform github --author "Ada Lovelace"`,
    )
    .action((options: ExportOptions) =>
      context.run('export', async ({ terminal, open }) => {
        await using backends = await open('read');
        const { kind, vectors = false, ...filters } = options;
        const filter = await resolveFilter(filterOf(filters), backends.users);
        let rows = 0;
        for await (const row of exportRows(backends.features, kind, filter, { vectors })) {
          if (!process.stdout.write(`${JSON.stringify(row)}\n`)) await once(process.stdout, 'drain');
          rows += 1;
        }
        terminal.say(`${plural(rows, 'line')} written.`);
        return 0;
      }),
    );
}
