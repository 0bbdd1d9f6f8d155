import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { CodeChunker } from '../../runtime/features/chunk-code.ts';
import { assertCovers } from './coverage.ts';
import { longTexts, untrustedText } from './untrusted-text.ts';

const chunker = new CodeChunker();

function chunks(text: string, language: string) {
  return chunker.chunk({ text, path: 'src/engine', language });
}

const body = (count: number) =>
  Array.from({ length: count }, (_, index) => `    total += cards[${index}] * weights[${index}];`).join('\n');
const source = `import { cards } from './cards.ts';

export class Engine {
  /** Adds up. */
  first(): void {
${body(25)}
  }

  /** Subtracts. */
  @logged
  second(): void {
${body(25)}
  }
}

/** Starts it. */
export const start = () => {
${body(25)}
};
`;

describe('chunking code', () => {
  it('cuts between definitions and names them in the breadcrumb', async () => {
    const found = await chunks(source, 'typescript');
    assertCovers(source, found);
    assert.deepEqual(
      found.map(({ breadcrumb }) => breadcrumb.join(' > ')),
      ['src/engine', 'src/engine > Engine > second', 'src/engine > start'],
    );
  });

  it('keeps comments and decorators with what they describe', async () => {
    const found = await chunks(source, 'typescript');
    assert.match(found[1]?.text ?? '', /^\/\*\* Subtracts\. \*\/\n {2}@logged\n {2}second/);
    assert.match(found[2]?.text ?? '', /^\/\*\* Starts it\. \*\/\nexport const start/);
  });

  const samples: Readonly<Record<string, readonly [source: string, names: string]>> = {
    python: [
      `class Engine:\n    @logged\n    def first(self):\n${body(60).replaceAll(';', '').replaceAll('    total', '        total')}\n`,
      'Engine > first',
    ],
    go: [`package engine\n\nfunc (e *Engine) First() {\n${body(60)}\n}\n`, 'Engine.First'],
    rust: [`impl Engine {\n  fn first() {\n${body(60)}\n  }\n}\n`, 'Engine > first'],
    'c++': [`int first(int a) {\n${body(60)}\n}\n`, 'first'],
    java: [`class Engine {\n  void first() {\n${body(60)}\n  }\n}\n`, 'Engine > first'],
    ruby: [`class Engine\n  def first\n${body(60)}\n  end\nend\n`, 'Engine > first'],
    php: [
      `<?php\nclass Engine {\n  function first() {\n${'    $total += $cards[1] * $weights[1];\n'.repeat(50)}\n  }\n}\n`,
      'Engine > first',
    ],
    'c#': [`class Engine {\n  void First() {\n${body(60)}\n  }\n}\n`, 'Engine > First'],
    shell: [`first() {\n${'  echo "one more card for the engine"\n'.repeat(60)}}\n`, 'first'],
  };
  for (const [language, [text, names]] of Object.entries(samples)) {
    it(`knows the definitions of ${language}`, async () => {
      const found = await chunks(text, language);
      assertCovers(text, found);
      assert.ok(found.length > 1);
      assert.ok(found.some(({ breadcrumb }) => breadcrumb.join(' > ') === `src/engine > ${names}`));
    });
  }

  it('goes by blank lines and indentation where there is no grammar', async () => {
    const block = (name: string) => `${name}:\n${'  key: some value of it\n'.repeat(40)}`;
    const text = `${block('one')}\n${block('two')}\n${block('three')}`;
    const found = await chunks(text, 'yaml');
    assertCovers(text, found);
    assert.deepEqual(
      found.map((chunk) => chunk.text.split(':')[0]),
      ['one', 'two', 'three'],
    );
  });

  it('gives nothing for an empty file', async () => assert.deepEqual(await chunks('\n\n', 'python'), []));

  it('covers any text in order and once, in any language', async () => {
    const languages = fc.constantFrom('typescript', 'python', 'php', 'shell', 'c++', 'ini', 'css', 'json', 'text');
    await fc.assert(
      fc.asyncProperty(untrustedText, languages, async (text, language) => {
        const wellFormed = text.toWellFormed();
        assertCovers(wellFormed, await chunks(wellFormed, language));
      }),
    );
  });

  for (const [name, text] of Object.entries(longTexts)) {
    it(`covers a long text: ${name}`, async () => assertCovers(text, await chunks(text, 'text')));
  }

  it('covers minified code and code nested as deep as it is long', async () => {
    for (const text of ['function f(a){return a+1};'.repeat(1000), `${'a+'.repeat(10_000)}a`, '['.repeat(10_000)]) {
      assertCovers(text, await chunks(text, 'javascript'));
    }
  });
});
