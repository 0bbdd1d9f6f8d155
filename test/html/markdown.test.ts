import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { htmlToMarkdown } from '../../runtime/html/markdown.ts';
import { plainText } from '../../runtime/html/plain-text.ts';

const base = 'https://site.example/posts/one';

function becomes(name: string, html: string, markdown: string): void {
  test(name, () => assert.equal(htmlToMarkdown(html, base), markdown));
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

suite('HTML as Markdown', () => {
  becomes(
    'headings and paragraphs are blocks',
    '<h2>Two <b>bold</b></h2><p>One\n  line</p><h4>Four</h4>',
    '## Two bold\n\nOne line\n\n#### Four',
  );
  becomes(
    'emphasis, code and strikes are inline',
    '<p><b>a</b> <em>b</em> <code>c</code> <del>d</del></p>',
    '**a** *b* `c` ~~d~~',
  );
  becomes('spaces move out of emphasis', '<p>so<b> much </b>more</p>', 'so **much** more');
  becomes('equal neighbours are one run', '<p><b>a</b><b>b</b></p>', '**ab**');
  becomes(
    'links and images are absolute',
    '<p><a href="../two">x</a> <img src="/i.png" alt="an [i]"></p>',
    '[x](https://site.example/two) ![an \\[i\\]](https://site.example/i.png)',
  );
  becomes('parentheses in links are encoded', '<a href="/a_(b)">x</a>', '[x](https://site.example/a_%28b%29)');
  becomes(
    'a link that leads nowhere is its text',
    '<p><a href="javascript:alert(1)">x</a> <a href="#y">z</a></p>',
    'x z',
  );
  becomes(
    'a lazy image has the source it will load',
    '<img src="data:x" data-src="/late.png" alt="late">',
    '![late](https://site.example/late.png)',
  );
  becomes('one break is a line, two end the paragraph', '<p>a<br>b<br><br>c</p>', 'a  \nb\n\nc');
  becomes('lists nest', '<ul><li>a<ol><li>b</li><li>c</li></ol></li><li>d</li></ul>', '- a\n  1. b\n  2. c\n- d');
  becomes('a list keeps its first number', '<ol start="7"><li>a<li>b</ol>', '7. a\n8. b');
  becomes('items with several blocks stay one item', '<ul><li><p>a</p><p>b</p></li></ul>', '- a\n\n  b');
  becomes(
    'check boxes are task lists',
    '<ul><li><input type="checkbox" checked>done<li><input type="checkbox">not</ul>',
    '- [x] done\n- [ ] not',
  );
  becomes('quotes nest', '<blockquote><p>a</p><blockquote>b</blockquote></blockquote>', '> a\n>\n> > b');
  becomes(
    'tables have a head and escaped bars',
    '<table><tr><th>A<th>B<tr><td>x|y<td><code>a|b</code></table>',
    '| A | B |\n| --- | --- |\n| x\\|y | `a\\|b` |',
  );
  becomes(
    'short rows are filled, spans take their columns',
    '<table><tr><td colspan=2>a<td>b<tr><td>c</table>',
    '| a |  | b |\n| --- | --- | --- |\n| c |  |  |',
  );
  becomes(
    'a table that only places things is its content',
    '<table><tr><td><h3>Left</h3><p>l</p></td><td><p>r</p></td></tr></table>',
    '### Left\n\nl\n\nr',
  );
  becomes(
    'captions follow their figure',
    '<figure><img src="/i.png" alt="i"><figcaption>What it is</figcaption></figure>',
    '![i](https://site.example/i.png)\n\n*What it is*',
  );
  becomes('definitions follow their term', '<dl><dt>Term<dd>Meaning</dl>', '**Term**\n\n: Meaning');
  becomes('details are open', '<details><summary>More</summary><p>Text</p></details>', '**More**\n\nText');
  becomes(
    'footnotes are paired',
    '<p>Text<sup><a href="#n1" id="r1">1</a></sup></p><ol><li id="n1">Note <a href="#r1">↩</a></li></ol>',
    'Text[^1]\n\n[^1]: Note',
  );
  becomes(
    'TeX in MathML stays TeX',
    '<p><math><mi>x</mi><annotation encoding="application/x-tex">x^2</annotation></math></p>',
    '$x^2$',
  );
  becomes('emoji images are emoji', '<p>Hi <img class="emoji" alt="👋" src="/w.svg"></p>', 'Hi 👋');
  becomes(
    'scripts, forms and frames are left out',
    '<p>a</p><script>b</script><select><option>c</select><iframe>d</iframe><template>e</template>',
    'a',
  );
});

suite('Code', () => {
  becomes(
    'indentation and blank lines stay, the language is told',
    '<pre><code class="language-python">def f():\n\n    return "<a>"\n</code></pre>'.replace('<a>', '&lt;a&gt;'),
    '```python\ndef f():\n\n    return "<a>"\n```',
  );
  becomes('br is a newline', '<pre data-code-block-lang="js">a<br>  b</pre>', '```js\na\n  b\n```');
  becomes('code within code is one block', '<pre><code><code>a\n b</code></code></pre>', '```\na\n b\n```');
  becomes('the fence is longer than any inside', '<pre>```\n````x</pre>', '`````\n```\n````x\n`````');
  becomes('inline back-ticks get longer delimiters', '<p><code>a`b</code> <code>`c`</code></p>', '``a`b`` `` `c` ``');
  becomes(
    'a table for line numbers is code',
    '<table><tr><td class="gutter"><pre>1\n2</pre></td><td class="code"><pre class="lang-go">a\n\tb</pre></td></tr></table>',
    '```go\na\n\tb\n```',
  );
  becomes(
    'line numbers and buttons in the code are not code',
    '<div class="highlight-source-ts"><pre><span class="lineno">1</span>a\n<span class="lineno">2</span>b<button>Copy</button></pre></div>',
    '```ts\na\nb\n```',
  );
  becomes('elements that are lines end with one', '<pre><div>a</div><div>  b</div></pre>', '```\na\n  b\n```');
  becomes(
    'an element that is an empty line is one',
    '<pre><div>a</div><div></div><div><br></div><div>b</div></pre>',
    '```\na\n\n\nb\n```',
  );

  test('survives verbatim, whatever it is', () => {
    const line = fc.string({ unit: fc.constantFrom(...'ab`*_#<>&|\\ \t[]()-'), maxLength: 30 });
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 8 }), (lines) => {
        const code = `x${lines.join('\n')}\ny`;
        const markdown = htmlToMarkdown(`<p>before</p><pre><code>${escaped(code)}</code></pre>`, base);
        const [, fence = '', body] = /\n\n(`{3,})\n([\s\S]*)\n`{3,}$/.exec(markdown) ?? [];
        assert.equal(body, code);
        assert.ok(!code.split('\n').some((text) => text.trim() === fence));
      }),
    );
  });
});

suite('Text that looks like Markdown', () => {
  for (const text of [
    '# no heading',
    '- no item',
    '1. no item',
    '> no quote',
    '***',
    '---',
    '_no_ *emphasis*',
    '`no code`',
    '[no](link)',
    '<b>no tag</b>',
    '&amp; no entity',
    '~~no strike~~',
    'a\\*b',
    '+ x',
    '=== ',
    '[x]: y',
    '~~~',
  ]) {
    test(`${text} stays text`, () => {
      const markdown = htmlToMarkdown(`<p>${escaped(text)}</p>`, base);
      assert.notEqual(markdown, text.trim());
      assert.equal(plainText(markdown).trim(), text.trim());
    });
  }

  for (const text of ['snake_case_name', '5 * 3', 'a-b', 'C#', '3.5', 'R&D', 'x < y', 'a [b] c', 'wait!']) {
    test(`${text} needs no escape`, () => assert.equal(htmlToMarkdown(`<p>${escaped(text)}</p>`, base), text));
  }

  test('keeps its words, whatever it is', () => {
    const words = (text: string): string[] => text.match(/[\p{L}\p{N}]+/gu) ?? [];
    const text = fc.string({ unit: fc.constantFrom(...'abé1 *_`#-+.!|\\~=:&'), maxLength: 80 });
    fc.assert(
      fc.property(text, (line) => {
        assert.deepEqual(words(plainText(htmlToMarkdown(`<p>${escaped(line)}</p>`, base))), words(line));
      }),
    );
  });

  test('any markup at all is converted without an error', () => {
    const piece = fc.constantFrom(
      '<p>',
      '</p>',
      '<b>',
      '</b>',
      '<ul>',
      '<li>',
      '</ul>',
      '<table>',
      '<tr>',
      '<td>',
      '</table>',
      '<pre>',
      '</pre>',
      '<code>',
      '<a href=x>',
      '</a>',
      '<sup>',
      '<blockquote>',
      '<',
      '>',
      '&',
      '&#0;',
      '<!--',
      '-->',
      '<br>',
      'word ',
      '\n',
      '<dl><dt>',
      '<dd>',
      '<h2>',
      '<img src=a>',
      '<![CDATA[',
      '<svg>',
      '</svg>',
      '\u0000',
      '\ud800',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        assert.equal(typeof htmlToMarkdown(pieces.join(''), base), 'string');
      }),
    );
  });
});
