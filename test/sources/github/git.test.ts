import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TransientError } from '../../../runtime/domain/errors.ts';
import { GitFailure, GitProcess, git, withoutCredentials } from '../../../runtime/sources/github/git.ts';

const options = { searchPath: '/usr/local/bin:/usr/bin:/bin' };
const signal = new AbortController().signal;

test('a failure says what git said', async () => {
  const failing = git(options, {
    arguments: ['rev-parse', '--nonsense'],
    gitDirectory: '/nonexistent',
    timeoutMs: 60_000,
    signal,
  });
  await assert.rejects(failing, (error) => error instanceof GitFailure && /not a git repository/.test(error.stderr));
});

test('git that does not end in time is killed, and may work later', async () => {
  await using waiting = new GitProcess(options, { arguments: ['hash-object', '--stdin'], timeoutMs: 50, signal });
  waiting.stdout.resume();
  await assert.rejects(waiting.succeeded(), TransientError);
});

test('git is not even waited for when the signal is aborted already', async () => {
  const reason = new Error('enough');
  const command = { arguments: ['hash-object', '--stdin'], timeoutMs: 60_000, signal: AbortSignal.abort(reason) };
  await assert.rejects(git(options, command), reason);
});

test('git that is disposed of is gone', async () => {
  const waiting = new GitProcess(options, { arguments: ['hash-object', '--stdin'], timeoutMs: 60_000, signal });
  await waiting[Symbol.asyncDispose]();
  await assert.rejects(waiting.succeeded(), GitFailure);
});

test('the configuration of the machine is not read, and commands are in English', async () => {
  const listed = await git(options, {
    arguments: ['config', '--list', '--name-only', '--show-scope'],
    timeoutMs: 60_000,
    signal,
  });
  assert.deepEqual(
    new Set(
      listed
        .trimEnd()
        .split('\n')
        .map((line) => line.split('\t')[0]),
    ),
    new Set(['command']),
  );
});

test('users and passwords are taken out of links, and nothing else is', () => {
  assert.equal(
    withoutCredentials("fatal: unable to access 'https://ada:s3cret@example.org/a.git/': mail ada@example.org"),
    "fatal: unable to access 'https://example.org/a.git/': mail ada@example.org",
  );
  assert.equal(
    withoutCredentials('http://token@h/x ssh://git@h/y https://h/a@b'),
    'http://h/x ssh://h/y https://h/a@b',
  );
});
