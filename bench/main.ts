import { cpus, totalmem } from 'node:os';
import { Command } from 'commander';

type Figures = Record<string, unknown>;

/** Loaded one at a time, so that no benchmark pays for what another imports. */
const benchmarks: Readonly<Record<string, { readonly about: string; readonly run: () => Promise<Figures> }>> = {
  crawl: {
    about: 'pages/s of a loopback site of 2,000 pages, beside Crawlee with the same concurrency',
    run: async () => await (await import('./crawl.ts')).benchCrawl(),
  },
  browser: {
    about: 'pages/s in headless Chromium with the pool, beside one browser a page',
    run: async () => await (await import('./browser.ts')).benchBrowser(),
  },
  features: {
    about: 'clean + chunk + embed of prose in MB/s, the chunk step beside LangChain',
    run: async () => await (await import('./features.ts')).benchFeatures(),
  },
  'code-chunking': {
    about: 'chunking by syntax tree in MB/s',
    run: async () => await (await import('./code-chunking.ts')).benchCodeChunking(),
  },
  search: {
    about: 'p50 and p95 of a hybrid search over 20,000 chunks',
    run: async () => await (await import('./search.ts')).benchSearch(),
  },
  freshness: {
    about: 'p50 and p99 from a write to the raw store to being searchable',
    run: async () => await (await import('./freshness.ts')).benchFreshness(),
  },
  reingest: {
    about: 'a second ingest of unchanged input beside the first',
    run: async () => await (await import('./reingest.ts')).benchReingest(),
  },
  archive: {
    about: 'posts/s and peak memory of an export of 10,000 posts, first and again',
    run: async () => await (await import('./archive.ts')).benchArchive(),
  },
  memory: {
    about: 'peak memory while taking in 100,000 documents (some minutes)',
    run: async () => await (await import('./memory.ts')).benchMemory(),
  },
};

async function main(name: string, { json }: { json?: boolean }): Promise<void> {
  const names = name === 'all' ? Object.keys(benchmarks) : [name];
  const machine = {
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    memoryGB: Math.round(totalmem() / 1e9),
    node: process.version,
  };
  for (const each of names) {
    const figures = await benchmarks[each]?.run();
    if (json === true) {
      console.log(JSON.stringify({ benchmark: each, machine, ...figures }));
    } else {
      console.log(`\n${each}: ${benchmarks[each]?.about}`);
      console.log(`  ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGB} GB, Node ${machine.node}`);
      print(figures ?? {}, '  ');
    }
  }
}

function print(figures: Figures, indent: string): void {
  for (const [name, value] of Object.entries(figures)) {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      console.log(`${indent}${name}`);
      print(value as Figures, `${indent}  `);
    } else {
      console.log(
        `${indent}${name.padEnd(32 - indent.length)} ${Array.isArray(value) ? value.join(', ') : String(value)}`,
      );
    }
  }
}

const program = new Command('bench')
  .description('Measures speed and memory, beside a peer in the same run where there is one.')
  .argument('<name>', `${Object.keys(benchmarks).join(', ')}, or all`, (name) => {
    if (name !== 'all' && benchmarks[name] === undefined) {
      program.error(`there is no benchmark "${name}": it takes ${Object.keys(benchmarks).join(', ')}, or all`, {
        exitCode: 2,
      });
    }
    return name;
  })
  .option('--json', 'one JSON object a benchmark')
  .addHelpText(
    'after',
    `\nBenchmarks:\n${Object.entries(benchmarks)
      .map(([name, { about }]) => `  ${name.padEnd(14)} ${about}`)
      .join('\n')}`,
  )
  .action(main);
await program.parseAsync();
