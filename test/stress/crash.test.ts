import { test } from 'node:test';
import { crashTest } from './crash.ts';

test('whatever is killed whenever, the features converge to what the raw store holds', async (context) => {
  await crashTest({ kills: 5, seed: 20_261_123, report: (line) => context.diagnostic(line) });
});
