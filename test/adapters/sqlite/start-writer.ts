import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/**
 * Runs `writer.ts` in a process of its own, and kills it when disposed of.
 * @param shared a document that it adds 1 to after each one it writes
 */
export function startWriter(file: string, prefix: string, count: number, shared = '') {
  const program = fileURLToPath(new URL('writer.ts', import.meta.url));
  const child = spawn(process.execPath, [program, file, prefix, String(count), shared], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // Read by who wants to; unread output must not stop the writer.
  child.stdout.resume();
  const exited = once(child, 'exit').then(([code]): unknown => code);
  return {
    output: child.stdout,
    exited,
    kill: () => child.kill('SIGKILL'),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
