import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { findElement } from '../../runtime/html/dom.ts';
import { parseHtml } from '../../runtime/html/parse.ts';
import { serializeHtml } from '../../runtime/html/serialize.ts';

test('an element is written with its attributes, what is in it, and nothing else', () => {
  const html =
    '<p>before</p><div class="a &amp; &quot;b&quot;" data-urn="urn:li:1">1 &lt; 2<br><img src="x.png"></div><p>after</p>';
  const element = findElement(parseHtml(html), ({ name }) => name === 'div');
  assert.ok(element);
  assert.equal(
    serializeHtml(element),
    '<div class="a &amp; &quot;b&quot;" data-urn="urn:li:1">1 &lt; 2<br><img src="x.png"></div>',
  );
});

test('the text of scripts stays as it is', () => {
  const html = '<script>if (1 < 2 && "x") {}</script>';
  assert.equal(serializeHtml(parseHtml(html)), html);
});

test('whatever is written and parsed again is written the same', () => {
  const part = fc.oneof(
    fc.string(),
    fc.constantFrom(
      '<div>',
      '</div>',
      '<b a="1&quot;">',
      '</b>',
      '<br>',
      '<script>',
      '</script>',
      '<li>',
      '<td>',
      '<svg/>',
      '&amp;lt;',
    ),
  );
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const once = serializeHtml(parseHtml(parts.join('')));
      const twice = serializeHtml(parseHtml(once));
      // Markup that nests in no allowed way may settle once more, and is then done.
      assert.equal(serializeHtml(parseHtml(twice)), twice);
    }),
    { numRuns: 500 },
  );
});
