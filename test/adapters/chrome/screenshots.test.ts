import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Screenshots } from '../../../runtime/adapters/chrome/screenshots.ts';

test('the newest screenshots are kept, under names that lead out of no folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'twinstream-test-'));
  try {
    const screenshots = new Screenshots(folder);
    const paths = [];
    for (let index = 0; index < 53; index += 1) {
      paths.push(await screenshots.keep('iVBORw0KGgo=', index === 52 ? '../../etc' : '127.0.0.1:80'));
      await delay(2);
    }
    const names = await readdir(folder);
    assert.deepEqual(
      names.sort(),
      paths.slice(-50).map((path) => path.slice(folder.length + 1)),
    );
    assert.match(names.at(-1) ?? '', /^\d{4}-\d\d-\d\dT[\d-]+Z-\.\._\.\._etc\.png$/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
