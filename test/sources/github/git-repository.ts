import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const identity = { name: 'Ada', email: 'ada@example.org', date: '2026-01-02T03:04:05Z' };

/** A real repository in a temporary folder, made by git itself without the machine's configuration. */
export class GitRepository {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static create(parent: string, name = 'repository', ...options: string[]): GitRepository {
    const folder = join(parent, name);
    mkdirSync(folder, { recursive: true });
    const repository = new GitRepository(folder);
    repository.git('init', '--quiet', '--initial-branch=main', ...options);
    return repository;
  }

  get link(): string {
    return pathToFileURL(this.folder).href;
  }

  git(...command: string[]): string {
    return this.gitWithInput('', ...command);
  }

  gitWithInput(input: string | Uint8Array, ...command: string[]): string {
    return execFileSync('git', command, {
      cwd: this.folder,
      encoding: 'utf8',
      input,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {
        PATH: '/usr/local/bin:/usr/bin:/bin',
        HOME: '/nonexistent',
        LC_ALL: 'C',
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_AUTHOR_NAME: identity.name,
        GIT_AUTHOR_EMAIL: identity.email,
        GIT_AUTHOR_DATE: identity.date,
        GIT_COMMITTER_NAME: identity.name,
        GIT_COMMITTER_EMAIL: identity.email,
        GIT_COMMITTER_DATE: identity.date,
        GIT_ALLOW_PROTOCOL: 'file',
      },
    }).trimEnd();
  }

  write(files: Readonly<Record<string, string | Uint8Array>>): void {
    for (const [path, content] of Object.entries(files)) {
      const target = join(this.folder, path);
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, content);
    }
  }

  /** Writes files and commits all that the worktree has. @returns the commit */
  commit(files: Readonly<Record<string, string | Uint8Array>> = {}): string {
    this.write(files);
    this.git('add', '--all', '--force');
    return this.commitIndex();
  }

  commitIndex(): string {
    this.git('commit', '--quiet', '--allow-empty', '--message=Work');
    return this.git('rev-parse', 'HEAD');
  }

  /** Adds a file to the index without a worktree, as no checkout could hold it. Names may be any bytes. */
  addToIndex(mode: string, name: string | Buffer, content: string | Uint8Array): void {
    const object = this.gitWithInput(content, 'hash-object', '-w', '--stdin');
    this.addObjectToIndex(mode, name, object);
  }

  addObjectToIndex(mode: string, name: string | Buffer, object: string): void {
    const line = Buffer.concat([Buffer.from(`${mode} ${object}\t`), Buffer.from(name), Buffer.from([0])]);
    this.gitWithInput(line, 'update-index', '-z', '--index-info');
  }
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'twinstream-test-'));
}
