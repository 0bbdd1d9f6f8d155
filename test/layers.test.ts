import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from 'node:test';

const root = resolve(import.meta.dirname, '../runtime');

/** Layer → the layers it may import, itself aside. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  ports: ['domain'],
  html: ['domain'],
  odm: ['domain', 'ports'],
  crawling: ['domain', 'ports', 'html'],
  sources: ['domain', 'ports', 'html', 'crawling'],
  features: ['domain', 'ports'],
  stages: ['domain', 'ports', 'odm', 'features'],
  twin: ['domain', 'ports', 'odm', 'features'],
  adapters: ['domain', 'ports'],
  entry: ['domain', 'ports', 'html', 'odm', 'crawling', 'sources', 'features', 'stages', 'twin', 'adapters'],
};

interface Import {
  readonly from: string;
  readonly to: string;
}

async function importsOfRuntime(): Promise<Import[]> {
  const imports: Import[] = [];
  for await (const file of glob('**/*.ts', { cwd: root, exclude: ['**/node_modules/**'] })) {
    const text = await readFile(join(root, file), 'utf8');
    for (const [, specifier = ''] of text.matchAll(/(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+\.ts)'/g)) {
      imports.push({ from: file, to: relative(root, resolve(root, dirname(file), specifier)) });
    }
  }
  return imports;
}

test('imports follow the layers', async () => {
  const imports = await importsOfRuntime();
  assert.ok(imports.length > 100, 'the imports were not found');
  const wrong = imports.filter(({ from, to }) => {
    const [layer = '', target = ''] = [from.split('/')[0], to.split('/')[0]];
    return layer !== target && !mayImport[layer]?.includes(target);
  });
  assert.deepEqual(wrong, []);
});

test('an adapter imports no other adapter, and a source no other source', async () => {
  const wrong = (await importsOfRuntime()).filter(({ from, to }) => {
    const [layer, part] = from.split('/');
    const [targetLayer, targetPart] = to.split('/');
    return (layer === 'adapters' || layer === 'sources') && layer === targetLayer && part !== targetPart;
  });
  assert.deepEqual(wrong, []);
});

test('only the composition roots read the environment or write to the console', async () => {
  const wrong: string[] = [];
  for await (const file of glob('**/*.ts', { cwd: root, exclude: ['**/node_modules/**', 'entry/**'] })) {
    if (/process\.env|\bconsole\./.test(await readFile(join(root, file), 'utf8'))) wrong.push(file);
  }
  assert.deepEqual(wrong, []);
});
