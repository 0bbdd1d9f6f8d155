import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReplicaServer } from './server.ts';

test('a replica answers its routes, 404 for others, and remembers what it was asked', async () => {
  await using server = await ReplicaServer.start({
    routes: {
      '/fixed': { body: 'as given', headers: { 'x-made-by': 'hand' } },
      '/computed': (request) => ({ status: 201, body: `for ${request.url}` }),
      '/direct': (_request, response) => {
        response.end('by itself');
      },
    },
  });

  const fixed = await fetch(server.url('/fixed'));
  assert.equal(await fixed.text(), 'as given');
  assert.equal(fixed.headers.get('x-made-by'), 'hand');
  const computed = await fetch(server.url('/computed?page=2'));
  assert.deepEqual([computed.status, await computed.text()], [201, 'for /computed?page=2']);
  assert.equal(await (await fetch(server.url('/direct'))).text(), 'by itself');
  assert.equal((await fetch(server.url('/elsewhere'))).status, 404);

  server.routes.set('/elsewhere', { body: 'now here' });
  assert.equal(await (await fetch(server.url('/elsewhere'))).text(), 'now here');
  assert.deepEqual(
    server.requests.map((request) => request.path),
    ['/fixed', '/computed?page=2', '/direct', '/elsewhere', '/elsewhere'],
  );
  assert.equal(server.hits('/elsewhere'), 2);
});
