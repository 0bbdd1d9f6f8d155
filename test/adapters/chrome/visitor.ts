import { openPool } from './open-pool.ts';

/** Started as a process: opens the link that it is given, prints its folder, and stays on the page until it is killed. */
const { pool, home } = await openPool();
await pool.visit(process.argv[2] ?? '', { signal: new AbortController().signal }, async () => {
  process.stdout.write(`${home}\n`);
  await new Promise((resolve) => setTimeout(resolve, 60_000));
});
