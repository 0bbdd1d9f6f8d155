import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { ProseChunker } from '../../runtime/features/chunk-prose.ts';
import { estimateTokens } from '../../runtime/features/token-estimate.ts';
import { assertCovers } from './coverage.ts';
import { longTexts, untrustedText } from './untrusted-text.ts';

const chunker = new ProseChunker();
const sentence = 'The difference engine computes tables without any human error. ';

function chunks(text: string, title?: string) {
  return chunker.chunk({ text, title, isPost: false });
}

describe('chunking prose', () => {
  it('puts the title and the headings above a section into its breadcrumb', () => {
    const body = sentence.repeat(6).trim();
    const found = chunks(
      `${body}\n\n# Engines\n\n${body}\n\n## Parts *of* it\n\n${body}\n\nMills\n-----\n\n${body}`,
      'Notes',
    );
    assert.deepEqual(
      found.map(({ breadcrumb }) => breadcrumb),
      [['Notes'], ['Notes', 'Engines'], ['Notes', 'Engines', 'Parts of it'], ['Notes', 'Engines', 'Mills']],
    );
  });

  it('names a heading that repeats the title once', () => {
    assert.deepEqual(chunks('# Notes\n\nText.', 'Notes')[0]?.breadcrumb, ['Notes']);
  });

  it('keeps a post in one chunk unless it is over budget', () => {
    const short = 'Big news!\n\n# Really\n\nWe shipped.\n\n# Thanks\n\nAll of you.';
    assert.equal(chunker.chunk({ text: short, isPost: true }).length, 1);
    assert.ok(chunker.chunk({ text: sentence.repeat(60), isPost: true }).length > 3);
  });

  it('cuts a long paragraph between sentences, wherever its lines are wrapped', () => {
    const found = chunks(sentence.repeat(60).replaceAll('tables ', 'tables\n').trim());
    assert.ok(found.length > 2);
    for (const { text } of found) assert.match(text, /^The difference[\s\S]*error\.$/);
  });

  it('cuts no fence, table row or list item that fits', () => {
    const fence = `\`\`\`js\n${'run(engine);\n\n'.repeat(20)}\`\`\``;
    const item = `- ${sentence.repeat(8).trim()}\n  - nested`;
    const row = `| ${sentence.trim()} | ${sentence.trim()} |`;
    const text = `${sentence.repeat(9)}\n\n${fence}\n\n${item}\n${item}\n\n| a | b |\n|---|---|\n${`${row}\n`.repeat(20)}`;
    const found = chunks(text);
    assert.equal(found.filter((chunk) => chunk.text.includes(fence)).length, 1);
    assert.equal(found.flatMap((chunk) => chunk.text.split(item)).length - found.length, 2);
    for (const chunk of found) {
      for (const line of chunk.text.split('\n')) if (line.startsWith('|')) assert.ok(line.endsWith('|'));
    }
  });

  it('says on which lines a chunk lies', () => {
    const body = sentence.repeat(6).trim();
    const [first, second] = chunks(`\n${body}\n\n# Next\n\n${body}\n`);
    assert.deepEqual([first?.startLine, first?.endLine], [2, 2]);
    assert.deepEqual([second?.startLine, second?.endLine], [4, 6]);
  });

  it('gives nothing for an empty text and one chunk for a word', () => {
    assert.deepEqual(chunks(' \n\t\n'), []);
    assert.deepEqual(
      chunks('word').map(({ text }) => text),
      ['word'],
    );
  });

  it('covers any text in order and once, within the budget', () => {
    fc.assert(
      fc.property(untrustedText, fc.boolean(), (text, isPost) => {
        const found = chunker.chunk({ text, title: 'Title', isPost });
        assertCovers(text, found);
        for (const chunk of found) assert.ok(estimateTokens(chunk.text) <= 220, `${estimateTokens(chunk.text)} tokens`);
      }),
    );
  });

  for (const [name, text] of Object.entries(longTexts)) {
    it(`covers a long text: ${name}`, () => assertCovers(text, chunks(text)));
  }
});

describe('estimating tokens', () => {
  const samples = {
    english:
      `${sentence}I've never seen such a thing, have you? Well: 1,024 cards (or 2048) a day; that's "fast". `.repeat(
        10,
      ),
    german:
      'Die Analysemaschine berechnet Tabellen ohne menschliche Fehler, und niemand weiß, wohin das führt. '.repeat(10),
    code: 'const found = words.filter((word) => word.length > 3 && !stopWords.has(word));\nreturn found[0] ?? null;\n'.repeat(
      10,
    ),
    chinese: '分析机可以在没有人为错误的情况下计算表格,没有人知道这会导致什么。'.repeat(10),
    japanese: '解析機関は人為的なミスなしに表を計算します。それがどこへ向かうのか誰も知りません。'.repeat(10),
    russian:
      'Аналитическая машина вычисляет таблицы без человеческих ошибок, и никто не знает, к чему это приведёт. '.repeat(
        10,
      ),
  };
  for (const [name, text] of Object.entries(samples)) {
    it(`is within 30 % of o200k: ${name}`, () => {
      const ratio = estimateTokens(text) / encode(text).length;
      assert.ok(ratio > 0.7 && ratio < 1.3, `${ratio}`);
    });
  }
});
