import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { extractArticle } from '../../runtime/html/extract-article.ts';
import { plainText } from '../../runtime/html/plain-text.ts';
import { articleBody } from './pages.ts';

const image = '<img src="/boat.png" alt="">';
const markdownWith = (figure: string): string =>
  extractArticle(`<article>${articleBody}${figure}</article>`, 'https://harbour.example/').markdown;

suite('A caption', () => {
  test('stands in italics below its picture, whatever is in it', () => {
    const caption = 'Delta, <em>a boat</em> by <a href="/my_boat">A. <b>Byron</b></a>';
    const markdown = markdownWith(`<figure>${image}<figcaption><p>${caption}</p></figcaption></figure>`);
    assert.match(
      markdown,
      /!\[\]\(https:\/\/harbour\.example\/boat\.png\)\n\n\*Delta, a boat by \[A\. Byron\]\(https:\/\/harbour\.example\/my_boat\)\*$/,
    );
    assert.doesNotMatch(plainText(markdown), /Delta/);
  });

  test('is known by its name', () => {
    for (const name of ['caption', 'wp-caption-text', 'InlineImage-imageEmbedCaption', 'picture-copyright__text']) {
      const markdown = markdownWith(
        `<div class="with-caption">${image}<div class="${name}"><p>Delta, a boat.</p></div></div>`,
      );
      assert.match(markdown, /boat\.png\)\n\n\*Delta, a boat\.\*$/, name);
    }
  });

  test('is not one when the name only says whether there are any', () => {
    for (const name of ['no-caption', 'has-caption', 'captioned', 'uncaptioned']) {
      assert.match(
        markdownWith(`<div>${image}<p class="${name}">Delta, a boat.</p></div>`),
        /\nDelta, a boat\.$/,
        name,
      );
    }
  });

  test('is left out with what cannot be kept', () => {
    for (const player of [
      '<video src="/x.mp4"></video>',
      '<iframe src="/x"></iframe>',
      '<img src="data:image/gif;base64,R0">',
    ]) {
      assert.doesNotMatch(
        markdownWith(`<figure>${player}<figcaption>Delta, a boat.</figcaption></figure>`),
        /Delta/,
        player,
      );
      assert.doesNotMatch(markdownWith(`<div>${player}<p class="caption">Delta, a boat.</p></div>`), /Delta/, player);
    }
  });

  test('belongs to no picture further away', () => {
    const film = '<figure><video src="/x.mp4"></video><figcaption>Delta, a boat.</figcaption></figure>';
    assert.doesNotMatch(markdownWith(`<div>${image}${film}</div>`), /Delta/);
    assert.doesNotMatch(markdownWith(`${image}<p class="caption">Delta, a boat.</p>`), /Delta/);
  });

  test('is said once at one picture', () => {
    const caption = '<div class="caption">Delta, a boat that nobody has seen since the morning.</div>';
    assert.equal(markdownWith(`<div>${image}${caption}${caption}</div>`).match(/Delta/g)?.length, 1);
  });

  test('of a table, of code or of a quotation stays', () => {
    for (const shown of ['<table><tr><td>1<td>2</table>', '<pre>let x;</pre>', '<blockquote>Ahoy!</blockquote>']) {
      assert.match(markdownWith(`<figure>${shown}<figcaption>Delta, a boat.</figcaption></figure>`), /Delta/, shown);
      assert.match(markdownWith(`<div>${shown}<p class="caption">Delta, a boat.</p></div>`), /Delta/, shown);
    }
  });

  test('is not what holds the text', () => {
    const markdown = extractArticle(
      `<div class="caption">${image}${articleBody}</div>`,
      'https://harbour.example/',
    ).markdown;
    assert.match(markdown, /Gamma/);
  });
});
