import type { Command } from 'commander';
import { type Hit, Search } from '../../twin/search.ts';
import type { CommandContext } from './context.ts';
import { type FilterOptions, filterOf, filterOptions, kindOption, wholeNumber } from './options.ts';
import { plural, printable, styled, type Terminal } from './terminal.ts';

interface SearchOptions extends FilterOptions {
  readonly limit: number;
}

/** Of a hit's text on a terminal; `--json` gives all of it. */
const shownLines = 6;

export function addSearch(program: Command, context: CommandContext): void {
  const command = program
    .command('search')
    .summary('find passages by meaning and by words')
    .description('Hybrid retrieval over everything that was taken in: BM25 and vectors, fused by reciprocal rank.')
    .argument('<query...>', 'what to look for')
    .addOption(kindOption());
  for (const option of filterOptions()) command.addOption(option);
  command
    .option('--limit <n>', 'how many hits', wholeNumber(1, 1000), 10)
    .addHelpText(
      'after',
      `
Examples:
  twin search "how change capture resumes"
  twin search retry --kind code --language typescript --limit 5
  twin search "release notes" --author "Ada Lovelace" --since 2026-01-01 --json`,
    )
    .action((words: string[], options: SearchOptions) =>
      context.run('search', async ({ terminal, open }) => {
        const query = words.join(' ');
        await using backends = await open('read');
        const search = new Search(backends.features, backends.pipeline, backends.users);
        const hits = await search.search(query, filterOf(options), options.limit);
        if (terminal.json) terminal.out(JSON.stringify({ query, hits }));
        else if (hits.length > 0) show(hits, terminal);
        else terminal.say(nothing((await backends.features.counts()).documents));
        return 0;
      }),
    );
}

function nothing(documents: number): string {
  if (documents === 0) return 'Nothing has been taken in yet: start with `twin ingest SOURCE`.';
  return `No hit in ${plural(documents, 'document')}.`;
}

function show(hits: readonly Hit[], { out }: Terminal): void {
  for (const [index, { title, link, author, kind, platform, publishedAt, text, chunk }] of hits.entries()) {
    const place = chunk.breadcrumb.filter((part) => part !== title).join(' › ');
    const facts = [author, kind, platform, publishedAt?.slice(0, 10), place].filter((fact) => fact).join(' · ');
    const lines = printable(text).trim().split('\n');
    out(`${index + 1}. ${styled('bold', printable(title ?? link))}`);
    out(`   ${styled('dim', printable(facts))}`);
    out(`   ${styled('cyan', printable(link))}${kind === 'code' ? styled('dim', ` ${lineRange(chunk)}`) : ''}`);
    for (const line of lines.slice(0, shownLines)) out(`     ${line}`);
    if (lines.length > shownLines) out(styled('dim', `     … ${plural(lines.length - shownLines, 'more line')}`));
    out('');
  }
}

/** Of code, where they are those of the file. Prose is cleaned and cut out of pages, and has lines of its own. */
function lineRange({ startLine, endLine }: Hit['chunk']): string {
  return startLine === endLine ? `line ${startLine}` : `lines ${startLine}–${endLine}`;
}
