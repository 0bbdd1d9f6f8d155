import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { checkVersions } from '../../../runtime/adapters/chrome/installation.ts';
import { identityOf } from '../../../runtime/adapters/chrome/processes.ts';
import { removeStaleProfiles } from '../../../runtime/adapters/chrome/profile-folder.ts';
import { RejectedInput } from '../../../runtime/domain/errors.ts';
import { page, ReplicaServer } from '../../replica/server.ts';
import { openPool } from './open-pool.ts';
import { processesUnder } from './processes-under.ts';

const signal = new AbortController().signal;

function rejectedAs(reason: string, words: RegExp) {
  return (error: unknown): boolean =>
    error instanceof RejectedInput && error.reason === reason && words.test(error.message);
}

test('a killed process takes its browsers along, and the next one clears its folders up', async () => {
  await using site = await ReplicaServer.start({ routes: { '/': { body: page('Home', 'Home') } } });
  const child = spawn(process.execPath, [join(import.meta.dirname, 'visitor.ts'), site.url('/')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [home] = await once(createInterface({ input: child.stdout }), 'line');
  try {
    assert.ok((await processesUnder(home)).length > 3);
    child.kill('SIGKILL');
    await once(child, 'exit');
    for (let waited = 0; waited < 5_000 && (await processesUnder(home)).length > 0; waited += 50) await delay(50);
    assert.deepEqual(await processesUnder(home), []);
    const temporary = join(home, 'temporary');
    assert.equal((await readdir(temporary)).length, 1);
    await removeStaleProfiles(temporary);
    assert.deepEqual(await readdir(temporary), []);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
});

test('only a process that is the one that was recorded is ended, and the folder of a running owner stays', async () => {
  const temporary = await mkdtemp(join(tmpdir(), 'twinstream-test-'));
  const start = () => spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
  const identity = async ({ pid = 0 }: ChildProcess) => await identityOf(pid);
  const [recorded, another] = [start(), start()];
  try {
    const [leader, other, owner] = [await identity(recorded), await identity(another), await identityOf(process.pid)];
    const gone = { pid: process.pid, startedAt: 1 };
    const folder = async (name: string, content: unknown) => {
      await mkdir(join(temporary, name));
      await writeFile(join(temporary, name, 'owner.json'), JSON.stringify(content));
    };
    await folder('chrome-stale', { owner: gone, leader });
    await folder('chrome-reused', { owner: gone, leader: { pid: other?.pid, startedAt: 1 } });
    await folder('chrome-mine', { owner, leader: other });
    await folder('chrome-broken', 'nonsense');
    await folder('another', {});
    const ended = once(recorded, 'exit');
    await removeStaleProfiles(temporary);
    assert.deepEqual((await readdir(temporary)).sort(), ['another', 'chrome-mine']);
    await ended;
    assert.equal(another.exitCode ?? another.signalCode, null);
  } finally {
    recorded.kill('SIGKILL');
    another.kill('SIGKILL');
    await rm(temporary, { recursive: true, force: true });
  }
});

test('a missing browser is an error that says what to install, and nothing is left of the attempt', async () => {
  const visit = async (installation: { binary?: string; driver?: string; searchPath: string[] }) => {
    await using open = await openPool({ installation });
    await open.pool.visit('http://127.0.0.1:8080/', { signal }, async () => {});
  };
  const nothing = { searchPath: ['/nowhere'] };
  await assert.rejects(
    visit(nothing),
    rejectedAs('browser_missing', /no Chrome.*no chromedriver.*apt-get install chromium chromium-driver/),
  );
  const wrong = { searchPath: (process.env['PATH'] ?? '').split(':'), driver: '/bin/false' };
  await assert.rejects(visit(wrong), rejectedAs('browser_missing', /CHROMEDRIVER/));
  assert.throws(
    () => checkVersions('150.0.1', '149.0.2'),
    rejectedAs('browser_mismatch', /150\.0\.1.*149\.0\.2.*same major version/),
  );
  assert.doesNotThrow(() => checkVersions('150.0.1', '150.0.2'));
});
