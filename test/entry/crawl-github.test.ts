import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { CrawledHome } from '../replica/crawled-home.ts';
import { ReplicaWeb } from '../replica/web.ts';

const mill =
  'def mill(cards):\n    """Turns the mill once for each card."""\n    return [card * 2 for card in cards]\n';

function withRepositories(web: ReplicaWeb) {
  const engine = web.github.repository('ada/engine');
  engine.commit({
    'README.md': '# The engine\n\nIt weaves algebraic patterns, and this is how to run it on a machine of today.\n',
    'mill.py': mill,
    'store.py':
      'def store(column, value):\n    """A thousand columns of fifty digits."""\n    return {column: value}\n',
    'card.png': new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 3]),
  });
  web.github
    .repository('ada/notes')
    .commit({ 'notes.md': '# Notes\n\nOn the sketch of the engine, by its translator.\n' });
  web.github.repository('ada/borrowed', { fork: true }).commit({ 'borrowed.py': 'print("of somebody else")\n' });
  web.github.repository('ada/attic', { archived: true }).commit({ 'attic.py': 'print("long ago")\n' });
  return engine;
}

suite('a person on GitHub becomes their repositories', { concurrency: 2 }, () => {
  test('without forks and archived ones; a commit writes the files that it changed, and nothing else', async () => {
    await using web = await ReplicaWeb.start();
    await using home = await CrawledHome.create(web);
    const engine = withRepositories(web);
    const root = 'https://github.com/ada';

    const first = await home.ingest([root]);
    assert.deepEqual([first.sources[0]?.errors, first.exitStatus], [[], 0]);
    const stored = home.raw();
    const paths = [...stored.revisions.keys()]
      .filter((link) => link.includes('/blob/'))
      .map((link) => link.slice(root.length));
    const code = ['/engine/blob/HEAD/mill.py', '/engine/blob/HEAD/store.py'];
    assert.deepEqual(paths.filter((path) => path.endsWith('.py')).sort(), code);
    assert.ok([...stored.revisions.keys()].some((link) => link.startsWith(`${root}/notes`)));
    assert.equal([...stored.revisions.keys()].filter((link) => /borrowed|attic/.test(link)).length, 0);
    assert.equal((await home.search('turns the mill once for each card'))[0], `${root}/engine/blob/HEAD/mill.py`);

    web.forgetVisits();
    const second = await home.ingest([root]);
    assert.equal(second.exitStatus, 0);
    assert.deepEqual(home.raw(), stored);
    assert.deepEqual(web.visitsTo('github.com'), [], 'the list tells that nothing was pushed');

    engine.git.git('rm', '--quiet', 'store.py');
    engine.commit({ 'mill.py': mill.replace('* 2', '* 3'), 'barrel.py': 'def barrel():\n    return "pegs"\n' });
    const third = await home.ingest([root]);
    const { created, updated, deleted, failed } = third.sources[0]?.documents ?? {};
    assert.deepEqual({ created, updated, deleted, failed }, { created: 1, updated: 1, deleted: 1, failed: 0 });
    const { revisions } = home.raw();
    const changed = [...revisions].filter(([link, revision]) => stored.revisions.get(link) !== revision);
    assert.deepEqual(
      new Map(changed),
      new Map([
        [`${root}/engine/blob/HEAD/mill.py`, 2],
        [`${root}/engine/blob/HEAD/barrel.py`, 1],
      ]),
    );
    assert.equal(revisions.has(`${root}/engine/blob/HEAD/store.py`), false);
  });

  test('with them where that is asked for, and an organisation as well', async () => {
    await using web = await ReplicaWeb.start();
    await using home = await CrawledHome.create(web, { GITHUB_FORKS: '1', GITHUB_ARCHIVED: '1' });
    withRepositories(web);
    web.github.organisation('analysts');
    for (let number = 1; number <= 3; number += 1) {
      web.github.repository(`analysts/part-${number}`).commit({ 'part.py': `print("part ${number}")\n` });
    }

    const { sources } = await home.ingest(['https://github.com/ada', 'https://github.com/analysts']);

    assert.deepEqual(
      sources.map(({ status }) => status),
      ['ok', 'ok'],
    );
    const repositories = new Set([...home.raw().revisions.keys()].map((link) => link.split('/').slice(3, 5).join('/')));
    const own = ['ada/attic', 'ada/borrowed', 'ada/engine', 'ada/notes'];
    assert.deepEqual([...repositories].sort(), [...own, 'analysts/part-1', 'analysts/part-2', 'analysts/part-3']);
  });

  test('later when the API answers no more for now, and nothing is deleted meanwhile', async () => {
    await using web = await ReplicaWeb.start();
    await using home = await CrawledHome.create(web, { MAX_ATTEMPTS: '1' });
    withRepositories(web);
    await home.ingest(['https://github.com/ada']);
    const stored = home.raw();
    web.github.remaining = 0;
    web.github.resetAt = Math.ceil(Date.now() / 1000) + 3;
    web.forgetVisits();

    const { sources, exitStatus } = await home.ingest(['https://github.com/ada']);

    assert.deepEqual([sources[0]?.errors, exitStatus], [[], 0]);
    assert.equal(web.visitsTo('api.github.com')[0]?.status, 403);
    assert.deepEqual(home.raw(), stored);
  });
});
