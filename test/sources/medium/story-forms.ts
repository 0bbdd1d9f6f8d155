/** One story in all the forms in which Medium gives it away. Written for these tests. */
export const storyId = 'a1b2c3d4e5f6';
export const storyTitle = 'Keeping a boat dry';
export const storyAuthor = 'Ada Byron';
export const publishedMs = Date.UTC(2021, 4, 6, 7, 8, 9, 123);

/** What every form is read as. */
export const storyMarkdown = `What ten winters taught me

![A wet boat](https://miro.medium.com/v2/resize:fit:1400/1*boat.jpeg)

*Photo by [Bea](https://bea.example/)*

**Water *finds*** *its way* in, says [the manual](https://manual.example/water?page=3). Run \`bilge --dry\` daily.

## Tools

- A bucket
- A **second** bucket

1. Find the leak
2. Close it

\`\`\`javascript
function dry(boat) {
  return boat.pump();
}
\`\`\`

> A boat is a hole in the water.

> Into which one pours money.

### Small things

[https://www.youtube.com/watch?v=abc](https://www.youtube.com/watch?v=abc)

[Another harbour](https://harbour.example/notes)

---

First line  
second line with \\*stars\\* and 2 < 3.`.replace('water.\n\n> Into', 'water.\n>\n> Into');

const embedly = 'https://cdn.embedly.com/widgets/media.html?src=x&url=https%3A%2F%2Fwww.youtube.com%2Fwatch%3Fv%3Dabc';
const opening = 'Water finds its way in, says the manual. Run bilge --dry daily.';
const code = 'function dry(boat) {\n  return boat.pump();\n}';

interface ApolloParagraph {
  readonly type: string;
  readonly text: string;
  readonly markups?: readonly object[];
  readonly [field: string]: unknown;
}

const apolloParagraphs: readonly ApolloParagraph[] = [
  { type: 'H3', text: storyTitle },
  { type: 'H4', text: 'What ten winters taught me' },
  {
    type: 'IMG',
    text: 'Photo by Bea',
    markups: [{ type: 'A', start: 9, end: 12, href: 'https://bea.example/' }],
    metadata: { __typename: 'ImageMetadata', id: '1*boat.jpeg', alt: 'A wet boat' },
  },
  {
    type: 'P',
    text: opening,
    // Two ranges that overlap, one that reaches beyond the text, one that is turned around.
    markups: [
      { type: 'STRONG', start: 0, end: 11 },
      { type: 'EM', start: 6, end: 19 },
      { type: 'A', start: 29, end: 39, href: 'https://manual.example/water?page=3' },
      { type: 'CODE', start: 45, end: 56 },
      { type: 'STRONG', start: 900, end: 1000 },
      { type: 'EM', start: 20, end: 10 },
    ],
  },
  { type: 'H3', text: 'Tools' },
  { type: 'ULI', text: 'A bucket' },
  { type: 'ULI', text: 'A second bucket', markups: [{ type: 'STRONG', start: 2, end: 8 }] },
  { type: 'OLI', text: 'Find the leak' },
  { type: 'OLI', text: 'Close it' },
  { type: 'PRE', text: code, codeBlockMetadata: { lang: 'javascript', mode: 'EXPLICIT' } },
  { type: 'BQ', text: 'A boat is a hole in the water.' },
  { type: 'PQ', text: 'Into which one pours money.' },
  { type: 'H4', text: 'Small things' },
  { type: 'IFRAME', text: '', iframe: { mediaResource: { id: 'f00d', iframeSrc: embedly, title: 'Boats' } } },
  {
    type: 'MIXTAPE_EMBED',
    text: 'Another harbour\nNotes from the north\nharbour.example',
    mixtapeMetadata: { href: 'https://harbour.example/notes' },
  },
  { type: 'P', text: 'First line\nsecond line with *stars* and 2 < 3.' },
];

interface PageOptions {
  readonly origin?: string;
  readonly id?: string;
  readonly title?: string;
  /** Fields of the post beside the usual ones. */
  readonly post?: object;
  readonly content?: object;
  readonly paragraphs?: readonly ApolloParagraph[];
}

export function pathOf({ id = storyId }: { readonly id?: string } = {}): string {
  return `/@ada/keeping-a-boat-dry-${id}`;
}

function head({ origin = 'https://medium.com', id = storyId, title = storyTitle }: PageOptions): string {
  return `<meta property="al:android:package" content="com.medium.reader"><meta property="al:android:url" content="medium://p/${id}">
    <meta property="og:title" content="${title}"><meta name="author" content="${storyAuthor}">
    <meta property="article:published_time" content="2021-05-06T07:08:09.123Z">
    <link rel="canonical" href="${origin}${pathOf({ id })}">`;
}

/** The second generation: a page whose scripts get a state, with references as `{__ref}` or as `{type: 'id', id}`. */
export function apolloPage(options: PageOptions = {}, references: 'ref' | 'id' = 'ref'): string {
  const { origin = 'https://medium.com', id = storyId, title = storyTitle, post, content, paragraphs } = options;
  const refer = (name: string): object =>
    references === 'ref' ? { __ref: name } : { type: 'id', id: name, generated: true };
  const objects: Record<string, unknown> = {
    ROOT_QUERY: { __typename: 'Query' },
    'User:u1': { __typename: 'User', id: 'u1', name: storyAuthor, username: 'ada' },
    'Post:0123456789ab': { __typename: 'Post', id: '0123456789ab', title: 'Recommended to you' },
  };
  const list = (paragraphs ?? apolloParagraphs).map((paragraph, index) => {
    objects[`Paragraph:${id}_${index}`] = { __typename: 'Paragraph', name: `p${index}`, ...paragraph };
    return refer(`Paragraph:${id}_${index}`);
  });
  const sections = paragraphs === undefined ? [{ startIndex: 0 }, { startIndex: list.length - 1 }] : [];
  objects[`Post:${id}`] = {
    __typename: 'Post',
    id,
    title,
    canonicalUrl: '',
    mediumUrl: `${origin}${pathOf({ id })}`,
    firstPublishedAt: publishedMs,
    latestPublishedAt: publishedMs + 86_400_000 * 30,
    creator: refer('User:u1'),
    inResponseToPostResult: null,
    'content({"postMeteringOptions":{}})': {
      isLockedPreviewOnly: false,
      bodyModel: { sections, paragraphs: list },
      ...content,
    },
    ...post,
  };
  const state = JSON.stringify(objects).replaceAll('<', '\\u003c');
  return `<!doctype html><html lang="en"><head><title>${title} | Medium</title>${head(options)}</head>
    <body><div id="root"><p>Sign in</p></div><script>window.__PRELOADED_STATE__ = {}</script><script>window.__APOLLO_STATE__ = ${state}</script></body></html>`;
}

const byline = `<div class="speechify-ignore"><h2>Ada's own heading</h2><img alt="Ada" src="https://miro.medium.com/v2/resize:fill:64:64/1*face.jpg"><a href="/@ada?source=post_page---byline">${storyAuthor}</a><span>7 min read</span>
  <span>May 6, 2021</span><button><p>Listen</p></button></div>`;
const detour = 'https://medium.com/r/?url=https%3A%2F%2Fharbour.example%2Fnotes';
const image = 'https://miro.medium.com/v2/resize:fit:640/format:webp/1*boat.jpeg';

/** The third generation: nothing but elements, some of them with names. */
export const markedPage = `<!doctype html><html lang="en"><head><title>${storyTitle} | by Ada | Medium</title>${head({})}</head><body>
  <article class="meteredContent"><div><section><h1 id="aa01" class="pw-post-title a b">${storyTitle}</h1>
  <h2 id="aa02" class="pw-subtitle-paragraph">What ten winters taught me</h2>${byline}
  <figure class="paragraph-image"><div role="button"><span class="speechify-ignore">Press enter or click to view image in full size</span>
    <picture><source srcSet="${image} 640w, ${image} 720w" type="image/webp"/><img alt="A wet boat" loading="eager"/></picture></div>
    <figcaption>Photo by <a href="https://bea.example/?source=post_page-----${storyId}----" rel="noopener">Bea</a></figcaption></figure>
  <p id="aa03" class="pw-post-body-paragraph x"><strong>Water <em>finds</em></strong><em> its way</em> in, says
    <a href="https://manual.example/water?page=3&amp;source=post_page-----${storyId}--------">the manual</a>. Run <code>bilge --dry</code> daily.</p>
  <h1 id="aa04">Tools</h1><ul><li id="aa05">A bucket</li><li id="aa06">A <strong>second</strong> bucket</li></ul>
  <ol><li id="aa07">Find the leak</li><li id="aa08">Close it</li></ol>
  <pre data-code-block-lang="javascript"><span id="aa09" class="pw-post-body-paragraph">function dry(boat) {<br>  return boat.pump();<br>}</span></pre>
  <blockquote><p id="aa10" class="pw-post-body-paragraph">A boat is a hole in the water.</p></blockquote>
  <blockquote><p id="aa11">Into which one pours money.</p></blockquote><h2 id="aa12">Small things</h2>
  <figure><div><iframe src="${embedly.replaceAll('&', '&amp;')}" title="Boats"></iframe></div></figure>
  <div><a href="${detour}" rel="noopener"><div><h2>Another harbour</h2><h3>Notes from the north</h3><p>harbour.example</p></div></a></div>
  <div role="separator"><span></span></div></section>
  <section><p id="aa13" class="pw-post-body-paragraph">First line<br/>second line with *stars* and 2 &lt; 3.</p></section></div></article>
  <div><h2>Written by Ada</h2><p>She writes about boats.</p></div><div><h2>Recommended from Medium</h2><p>Another story</p></div></body></html>`;

const grafs = `<section class="section--body"><div class="section-divider"><hr class="section-divider"></div><div class="section-content"><div class="section-inner">
  <h3 name="bb01" id="bb01" class="graf graf--h3 graf--title">${storyTitle}</h3><h4 name="bb02" class="graf graf--h4 graf--subtitle">What ten winters taught me</h4>
  <figure name="bb03" class="graf graf--figure"><img class="graf-image" alt="A wet boat" data-image-id="1*boat.jpeg" src="https://cdn-images-1.medium.com/max/800/1*boat.jpeg">
    <figcaption class="imageCaption">Photo by <a href="https://bea.example/" class="markup--anchor">Bea</a></figcaption></figure>
  <p name="bb04" class="graf graf--p"><strong class="markup--strong">Water <em>finds</em></strong><em class="markup--em"> its way</em> in, says <a href="https://manual.example/water?page=3">the manual</a>. Run <code>bilge --dry</code> daily.</p>
  <h3 name="bb05" class="graf graf--h3">Tools</h3>
  <ul class="postList"><li name="bb06" class="graf graf--li">A bucket</li><li name="bb07" class="graf graf--li">A <strong>second</strong> bucket</li></ul>
  <ol class="postList"><li name="bb08" class="graf graf--li">Find the leak</li><li name="bb09" class="graf graf--li">Close it</li></ol>
  <pre data-code-block-mode="1" data-code-block-lang="javascript" name="bb10" class="graf graf--pre"><span class="pre--content"><span class="hljs-keyword">function</span> dry(boat) {<br>  return boat.pump();<br>}</span></pre>
  <blockquote name="bb11" class="graf graf--blockquote">A boat is a hole in the water.</blockquote>
  <blockquote name="bb12" class="graf graf--pullquote">Into which one pours money.</blockquote>
  <h4 name="bb13" class="graf graf--h4">Small things</h4>
  <figure name="bb14" class="graf graf--figure graf--iframe"><iframe src="${embedly.replaceAll('&', '&amp;')}" width="700"></iframe></figure>
  <div name="bb15" class="graf graf--mixtapeEmbed"><a href="https://harbour.example/notes" class="markup--anchor"><strong class="markup--strong">Another harbour</strong><br><em>Notes from the north</em>harbour.example</a><a href="https://harbour.example/notes" class="mixtapeImage"></a></div>
  </div></div></section><section class="section--body"><div class="section-divider"><hr class="section-divider"></div>
  <div class="section-content"><p name="bb16" class="graf graf--p">First line<br>second line with *stars* and 2 &lt; 3.</p></div></section>`;

/** The first generation, as of 2015. */
export const grafPage = `<!doctype html><html><head><title>${storyTitle} — Medium</title>${head({}).replace('medium://p', 'medium:/p')}</head><body>
  <header><a href="/">Medium</a></header><article class="postArticle"><div class="postMeta"><a href="/@ada">${storyAuthor}</a></div>
  <div class="postField postField--body">${grafs}</div><div class="postFooter"><button>Recommend</button><p>Ada on Medium</p></div></article></body></html>`;

export const feedHtml = `<h4>What ten winters taught me</h4><figure><img alt="A wet boat" src="https://cdn-images-1.medium.com/max/1024/1*boat.jpeg" /><figcaption>Photo by <a href="https://bea.example/">Bea</a></figcaption></figure>
  <p><strong>Water </strong><strong><em>finds</em></strong><em> its way</em> in, says <a href="https://manual.example/water?page=3">the manual</a>. Run <code>bilge --dry</code> daily.</p>
  <h3>Tools</h3><ul><li>A bucket</li><li>A <strong>second</strong> bucket</li></ul><ol><li>Find the leak</li><li>Close it</li></ol>
  <pre data-code-block-lang="javascript">function dry(boat) {<br>  return boat.pump();<br>}</pre><blockquote>A boat is a hole in the water.</blockquote><blockquote>Into which one pours money.</blockquote>
  <h4>Small things</h4><iframe src="${embedly.replaceAll('&', '&amp;')}" width="854"><a href="https://medium.com/media/x/href">https://medium.com/media/x/href</a></iframe>
  <div class="graf--mixtapeEmbed"><a href="https://harbour.example/notes"><strong>Another harbour</strong></a></div><hr><p>First line<br>second line with *stars* and 2 &lt; 3.</p>
  <img src="https://medium.com/_/stat?event=post.clientViewed&amp;postId=${storyId}" width="1" height="1" alt=""><hr><p><a href="https://medium.com/x">${storyTitle}</a> was originally published in <a href="https://medium.com/pub">Boats</a> on Medium, where people are continuing the conversation by highlighting and responding to this story.</p>`;

interface ExportOptions {
  readonly body?: string;
  readonly title?: string;
  readonly canonical?: string;
  readonly published?: string;
}

/** One file of the official export. */
export function exportedStory({
  body = grafs,
  title = storyTitle,
  canonical = `https://medium.com${pathOf()}`,
  published = '2021-05-06T07:08:09.123Z',
}: ExportOptions = {}): string {
  return `<!DOCTYPE html><html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"><title>${title}</title></head><body><article class="h-entry">
    <header><h1 class="p-name">${title}</h1></header><section data-field="subtitle" class="p-summary">What ten winters taught me</section>
    <section data-field="body" class="e-content">${body}</section>
    <footer><p>By <a href="https://medium.com/@ada" class="p-author h-card">${storyAuthor}</a> on <a href="https://medium.com/p/${storyId}"><time class="dt-published" datetime="${published}">May 6, 2021</time></a>.</p>
    ${canonical === '' ? '' : `<p><a href="${canonical}" class="p-canonical">Canonical link</a></p>`}<p>Exported from <a href="https://medium.com">Medium</a> on June 1, 2021.</p></footer></article></body></html>`;
}

interface FeedStory {
  readonly link: string;
  readonly title: string;
  readonly html?: string;
  readonly updated?: string;
}

export function feedOf(stories: readonly FeedStory[]): string {
  const items = stories.map(
    ({
      link,
      title,
      html = '<p>Text</p>',
      updated = '2021-06-05T07:08:09.123Z',
    }) => `<item><title><![CDATA[${title}]]></title>
      <link>${link}?source=rss-abc------2</link><guid isPermaLink="false">https://medium.com/p/x</guid><dc:creator><![CDATA[${storyAuthor}]]></dc:creator>
      <pubDate>Thu, 06 May 2021 07:08:09 GMT</pubDate><atom:updated>${updated}</atom:updated><content:encoded><![CDATA[${html}]]></content:encoded></item>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?><rss xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:atom="http://www.w3.org/2005/Atom" version="2.0">
    <channel><title>Stories by Ada on Medium</title><link>https://medium.com/@ada</link>${items.join('')}</channel></rss>`;
}
