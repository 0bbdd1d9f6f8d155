import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { pino } from 'pino';
import { openBackends } from '../../runtime/entry/backends.ts';
import { configFrom } from '../../runtime/entry/config.ts';
import { subscribe } from '../../runtime/entry/subscribe.ts';
import { TemporaryFolder } from './twin.ts';

test('what no source takes is logged as an error with the list it is in, and an emptied list ends what it began', async () => {
  await using folder = await TemporaryFolder.create();
  const logged: string[] = [];
  const logger = pino({ level: 'error' }, { write: (line: string) => void logged.push(line) });
  const config = configFrom({ TWIN_HOME: join(folder.path, 'home'), HOME: folder.path });
  await using backends = await openBackends(config, { purpose: 'work', command: 'test', logger });
  const { _id: author } = await backends.users.getOrCreate('Ada', new Date());
  const list = join(folder.path, 'sources.yaml');
  const listed = { author: undefined, folder: folder.path };
  const sources = ['./missing', 'https://ada.example/'].map((text) => ({ text, everyMs: 60_000 }));
  const due = async () => (await backends.subscriptions.due(new Date())).map(({ url }) => url);

  await subscribe(list, { ...listed, sources }, author, backends);
  assert.deepEqual(await due(), ['https://ada.example/']);
  assert.equal(logged.length, 1);
  assert.match(logged.join(), /sources\.yaml: left out of the schedule: there is no file or folder \.\/missing/);

  await subscribe(list, { ...listed, sources: [] }, author, backends);
  assert.deepEqual(await due(), []);
});
