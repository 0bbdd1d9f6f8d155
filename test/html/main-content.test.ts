import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { extractArticle } from '../../runtime/html/extract-article.ts';
import { plainText } from '../../runtime/html/plain-text.ts';
import { articleBody, blogPage, paragraph } from './pages.ts';

const url = 'https://harbour.example/posts/last-boat';
const markdownOf = (html: string): string => extractArticle(html, url).markdown;
const textOf = (html: string): string => plainText(markdownOf(html));

/** What a list of other pages shows of each: a linked title and a few sentences. */
function teaser(word: string): string {
  return `<li><h3><a href="/${word}">${word}: another boat altogether</a></h3><p>${word} went out, came back, and nobody saw it; read what else is known.</p></li>`;
}

const teasers = ['Delta', 'Epsilon', 'Zeta', 'Eta', 'Theta', 'Iota', 'Kappa', 'Lambda'].map(teaser).join('');

suite('Names that say what surrounds an article', () => {
  test('are believed of what is small', () => {
    const text = textOf(
      `<div><div class="sidebar">${paragraph('Delta')}</div><div>${articleBody.repeat(2)}</div></div>`,
    );
    assert.match(text, /Gamma/);
    assert.doesNotMatch(text, /Delta/);
  });

  test('are not believed of what holds a large part of the text', () => {
    const half = `<div><div class="widget-area">${articleBody}</div><div>${articleBody.replaceAll('a ', 'as ')}</div></div>`;
    const text = textOf(half);
    for (const word of ['Alpha', 'Beta', 'Gamma']) assert.match(text, new RegExp(`${word} `), word);
    for (const word of ['Alphas', 'Betas', 'Gammas']) assert.match(text, new RegExp(`${word} `), word);
  });

  test('are believed of comments, consent and footers longer than the article', () => {
    const long = paragraph('Delta').repeat(4);
    for (const surroundings of [
      `<div id="comments">${long}</div>`,
      `<div class="cookie-consent">${long}</div>`,
      `<footer>${long}</footer>`,
      `<aside>${long}</aside>`,
    ]) {
      const text = textOf(`<div><div>${articleBody}</div>${surroundings}</div>`);
      assert.match(text, /Gamma/, surroundings.slice(0, 30));
      assert.doesNotMatch(text, /Delta/, surroundings.slice(0, 30));
    }
  });

  test('are not believed of what holds nearly everything', () => {
    for (const start of ['<div id="comments">', '<div class="cookie-consent">', '<div style="display:none">']) {
      assert.match(textOf(`<p>Short.</p>${start}${articleBody.repeat(2)}</div>`), /Gamma/, start);
    }
  });
});

suite('What readers do not see', () => {
  test('is left out, also a copy of the whole article', () => {
    const copy = `<div style="display: none"><div itemprop="articleBody">${articleBody.replaceAll('Alpha', 'Delta')}</div></div>`;
    const text = textOf(`<div>${copy}<div>${articleBody}</div></div>`);
    assert.match(text, /Alpha/);
    assert.doesNotMatch(text, /Delta/);
    assert.equal(text.match(/Second part/g)?.length, 1);
  });

  test('is known by the usual names', () => {
    for (const name of ['off-screen', 'sr-only', 'd-none d-print-block']) {
      const text = textOf(`<article>${articleBody}<p class="${name}">Delta said so, and went away.</p></article>`);
      assert.doesNotMatch(text, /Delta/, name);
    }
    const responsive = `<article>${articleBody}<p class="d-none d-md-block">Delta said so, and went away.</p></article>`;
    assert.match(textOf(responsive), /Delta/);
  });
});

suite('The body of an article', () => {
  test('is found though lists of other pages hold more text', () => {
    const text = textOf(`<body><div><div>${paragraph('Alpha', 9)}</div><ul>${teasers}${teasers}</ul></div></body>`);
    assert.match(text, /Alpha/);
    assert.doesNotMatch(text, /Theta/);
  });

  const lede = '<div class="lede"><p>A short word before everything else, which says what follows.</p></div>';
  const body = `<div class="entry-content">${articleBody}${articleBody}</div>`;

  test('takes the lede in that stands between the title and it', () => {
    const page = `<title>Boats</title><div class="page"><p>Of the harbour and all that is in it, every day.</p><article><div><h1>Boats</h1>${lede}${body}</div></article></div>`;
    assert.match(markdownOf(page), /^A short word[\s\S]*Gamma/);
  });

  test('takes nothing in from above the title', () => {
    const above = '<div class="strap"><p>Of the harbour and all that is in it, every day, for everybody.</p></div>';
    const page = `<title>Boats</title><body><div>${above}<h1>Boats</h1>${lede}${body}</div></body>`;
    assert.match(markdownOf(page), /^A short word/);
    assert.doesNotMatch(markdownOf(page), /every day/);
  });

  test('takes no links in with the lede', () => {
    const links = '<div class="links"><p><a href="/a">Boats, one by one, and what became of them</a></p></div>';
    const page = `<title>Boats</title><article><h1>Boats</h1>${links}${lede}${body}</article>`;
    assert.match(markdownOf(page), /^A short word/);
    assert.doesNotMatch(markdownOf(page), /one by one/);
  });

  test('may have more parts than a function has arguments', () => {
    const part = '<p>Words in a line, and more of them, up to a full stop.</p>';
    const page = `<title>Boats</title><div><h1>Boats</h1><div class="entry-content">${part}</div>${part.repeat(130_000)}</div>`;
    assert.equal(markdownOf(page).match(/Words/g)?.length, 130_001);
  });
});

suite('Lines above the text', () => {
  const bylines = [
    '<p>By Ada Byron</p>',
    '<div>Ada Byron</div>',
    '<p>5 March 2024</p>',
    '<time>March 5, 2024</time>',
    '<p>Published on: 5 March 2024</p>',
    '<span>7 min read</span>',
  ];
  for (const byline of bylines) {
    test(`that say who and when are left out: ${byline}`, () => {
      const markdown = markdownOf(
        `<meta name="author" content="Ada Byron"><article><div>${byline}</div>${articleBody}</article>`,
      );
      assert.match(markdown, /^Alpha/);
    });
  }

  test('stay when they are sentences', () => {
    const markdown = markdownOf(
      `<article><p>By the sea there was a harbour, in March 2024.</p>${articleBody}</article>`,
    );
    assert.match(markdown, /^By the sea/);
  });

  test('stay further down', () => {
    assert.match(
      markdownOf(`<article>${articleBody}<p>5 March 2024</p>${paragraph('Omega')}</article>`),
      /5 March 2024/,
    );
  });
});

suite('Sections below the text', () => {
  const other = '<p>Delta is told of elsewhere, at some length, with pictures.</p>';

  test('that are about other pages go up to a heading of the same level', () => {
    const markdown = markdownOf(
      `<article>${articleBody}<h3>Related posts</h3>${other}<h4>Older</h4>${other}<h3>Sources</h3>${paragraph('Omega')}</article>`,
    );
    assert.doesNotMatch(markdown, /Delta|Older|Related/);
    assert.match(markdown, /### Sources\n\nOmega/);
  });

  test('that are about other pages go, whatever their line is made of', () => {
    const links = '<ul><li><a href="/a">Delta, a boat</a></li><li><a href="/b">Another one</a></li></ul>';
    for (const line of [
      '<p><strong>You may also like</strong></p>',
      '<div>More from Harbour notes</div>',
      '<h5>More</h5>',
    ]) {
      assert.doesNotMatch(markdownOf(`<article>${articleBody}${line}${links}</article>`), /Delta|like|More/, line);
      const together = `<article>${articleBody}<div>${line}${links}</div></article>`;
      assert.doesNotMatch(markdownOf(together), /Delta|like|More/, line);
    }
  });

  test('stay when only their first word is one of those', () => {
    const markdown = markdownOf(
      `<article>${articleBody}<h3>Sharing boats is not easy. Why?</h3>${other}<div><div>Contents</div>${paragraph('Omega')}</div></article>`,
    );
    assert.match(markdown, /Sharing boats[\s\S]*Delta/);
    assert.match(markdown, /Omega/);
  });

  test('stay when they hold much of the text', () => {
    assert.match(
      markdownOf(`<article><section><h2>Related work</h2>${articleBody}</section>${articleBody}</article>`),
      /Related work/,
    );
  });
});

suite('Lines between and below the paragraphs', () => {
  const between = (line: string): string => markdownOf(`<article>${articleBody}${line}${paragraph('Omega')}</article>`);

  test('that lead to other pages are left out', () => {
    for (const line of [
      '<p><a href="/x">ADA BYRON SAYS BOATS ARE FINE</a></p>',
      '<p><strong>READ MORE:</strong> <a href="/x">Delta: what became of the boats of the harbour?</a></p>',
      '<div>Watch: <a href="/x">Delta, a film of boats. In colour!</a></div>',
    ]) {
      const markdown = between(line);
      assert.doesNotMatch(markdown, /Delta|ADA/, line);
      assert.match(markdown, /Gamma[\s\S]*Omega/, line);
    }
  });

  test('that are links with a reason stay', () => {
    for (const line of [
      '<p><a href="/x">Delta, as far as anybody knows of it</a></p>',
      '<p><a href="/x">DELTA</a></p>',
      '<p>Read more about it in <a href="/x">Delta</a>, which has all that can be said.</p>',
    ]) {
      assert.match(between(line), /delta/i, line);
    }
  });

  test('that invite to follow or subscribe are left out at the end only', () => {
    const line = '<p>Follow us on <a href="https://social.example/x">Social</a> for more boats.</p>';
    assert.doesNotMatch(markdownOf(`<article>${articleBody}<div>${line}<p>Omega.</p></div></article>`), /Follow/);
    assert.match(markdownOf(`<article>${line}${articleBody}${articleBody}</article>`), /Follow/);
  });
});

test('What surrounds an article is not kept for being the last thing in it', () => {
  assert.doesNotMatch(textOf(blogPage()), /third boat|3 comments/);
});
