import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';
import { ingestJson, searchJson } from '../entry/json-shapes.ts';
import { TemporaryFolder, twin } from '../entry/twin.ts';
import type { ReplicaWeb } from './web.ts';

type IngestJson = z.infer<typeof ingestJson>;

interface Ingested extends IngestJson {
  readonly exitStatus: number | null;
}

/** What the raw store holds. */
export interface RawContents {
  /** Of the last change that was captured. */
  readonly position: number;
  /** Link → revision, of whatever is not deleted. */
  readonly revisions: ReadonlyMap<string, number>;
  /** The links of what is known to be stored. */
  readonly remembered: ReadonlySet<string>;
}

const rawRow = z.object({ link: z.string(), revision: z.int() });
const stateRow = z.object({ key: z.string() });

/** A workspace whose `twin` sees the replica web and no other. */
export class CrawledHome implements AsyncDisposable {
  readonly #folder: TemporaryFolder;
  readonly #variables: Readonly<Record<string, string>>;

  private constructor(folder: TemporaryFolder, variables: Readonly<Record<string, string>>) {
    this.#folder = folder;
    this.#variables = variables;
  }

  static async create(web: ReplicaWeb, variables: Readonly<Record<string, string>> = {}): Promise<CrawledHome> {
    return new CrawledHome(await TemporaryFolder.create(), { ...web.variables, ...variables });
  }

  get path(): string {
    return join(this.#folder.path, 'home');
  }

  get variables(): Readonly<Record<string, string>> {
    return this.#variables;
  }

  /** `twin ingest … --json`, to its end. */
  async ingest(links: readonly string[], variables: Readonly<Record<string, string>> = {}): Promise<Ingested> {
    const commandLine = ['ingest', ...links, '--author', 'Ada Lovelace', '--json'];
    const outcome = await twin(this.path, commandLine, { ...this.#variables, ...variables });
    assert.match(outcome.stdout, /^\{"runId".*\}\n$/s, `the JSON of a run, but: ${outcome.stdout}${outcome.stderr}`);
    return { ...ingestJson.parse(JSON.parse(outcome.stdout)), exitStatus: outcome.status };
  }

  /** `twin search … --json`. @returns the links of the hits, the best first */
  async search(query: string): Promise<readonly string[]> {
    const { stdout } = await twin(this.path, ['search', query, '--json'], this.#variables);
    return searchJson.parse(JSON.parse(stdout)).hits.map(({ link }) => link);
  }

  /** Behind the back of `twin`, which must not be running. */
  raw(): RawContents {
    using database = new DatabaseSync(join(this.path, 'raw.sqlite'), { readOnly: true });
    const last = database.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'changes'").get();
    const rows = ['articles', 'posts', 'code'].flatMap((collection) =>
      database
        .prepare(
          `SELECT fields ->> 'link' AS link, revision FROM collection_${collection} WHERE fields ->> 'deletedAt' IS NULL`,
        )
        .all(),
    );
    const states = database
      .prepare("SELECT fields ->> 'key' AS key FROM collection_crawl_states WHERE fields ->> 'lastResult' = 'stored'")
      .all();
    return {
      position: Number(last?.['seq'] ?? 0),
      revisions: new Map(
        z
          .array(rawRow)
          .parse(rows)
          .map(({ link, revision }) => [link, revision]),
      ),
      remembered: new Set(
        z
          .array(stateRow)
          .parse(states)
          .map(({ key }) => key),
      ),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#folder[Symbol.asyncDispose]();
  }
}
