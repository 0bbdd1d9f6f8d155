import { parseArgs } from 'node:util';
import { crashTest } from './crash.ts';

const { values } = parseArgs({ options: { kills: { type: 'string', default: '50' }, seed: { type: 'string' } } });
const seed = Number(values.seed ?? Date.now() % 1_000_000_000);
const kills = Number(values.kills);
if (!Number.isInteger(kills) || kills < 0 || !Number.isInteger(seed)) {
  console.error('usage: npm run stress -- [--kills N] [--seed N]   (whole numbers)');
  process.exit(2);
}
console.log(`crash test: ${kills} kills, seed ${seed} (--seed ${seed} makes the same choices again)`);
await crashTest({ kills, seed, report: (line) => console.log(line) });
