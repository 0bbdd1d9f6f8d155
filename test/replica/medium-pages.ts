import { type Post, previewOf } from './catalogue.ts';
import { escaped, scriptJson } from './markup.ts';
import type { Block } from './writing.ts';

/** As Medium has written its pages: 2015, with state whose references are objects, with `__ref`, and without state. */
export const storyGenerations = ['graf', 'apollo-id', 'apollo-ref', 'dom'] as const;
export type StoryGeneration = (typeof storyGenerations)[number];

export interface Story {
  readonly post: Post;
  readonly author: string;
  readonly handle: string;
  readonly link: string;
}

export function storyPage(story: Story, generation: StoryGeneration): string {
  const { post } = story;
  const blocks = post.membersOnly ? previewOf(post) : post.blocks;
  switch (generation) {
    case 'graf':
      return page(story, grafBody(post, blocks));
    case 'dom':
      return page(story, domBody(story, blocks), structuredData(story));
    default: {
      const state = scriptJson(apolloState(story, blocks, generation));
      return page(story, `${domBody(story, blocks)}<script>window.__APOLLO_STATE__ = ${state}</script>`);
    }
  }
}

/** The text of a story as a feed has it. */
export function feedHtml(blocks: readonly Block[]): string {
  return blocks.map(plainHtml).join('');
}

function page({ post, author, handle, link }: Story, body: string, head = ''): string {
  const meta: readonly (readonly [string, string])[] = [
    ['al:android:package', 'com.medium.reader'],
    ['og:site_name', 'Medium'],
    ['og:type', 'article'],
    ['article:published_time', post.publishedAt.toISOString()],
    ['og:title', post.title],
    ['al:android:url', `medium://p/${post.id}`],
    ['og:description', post.subtitle],
    ['og:url', link],
    ['article:author', `https://medium.com/@${handle}`],
  ];
  const tags = meta.map(([property, content]) => `<meta property="${property}" content="${escaped(content)}"/>`);
  return (
    `<!doctype html><html lang="en"><head><title>${escaped(post.title)} | by ${escaped(author)} | Medium</title>` +
    `<meta charset="utf-8"/>${tags.join('')}<meta name="author" content="${escaped(author)}"/>` +
    `<link rel="canonical" href="${escaped(link)}"/>${head}</head><body><div id="root">${body}</div></body></html>`
  );
}

function structuredData({ post, author, link }: Story): string {
  return `<script type="application/ld+json">${scriptJson({
    '@context': 'https://schema.org',
    '@type': 'NewsArticle',
    headline: post.title,
    datePublished: post.publishedAt.toISOString(),
    dateModified: post.changedAt.toISOString(),
    author: { '@type': 'Person', name: author },
    mainEntityOfPage: link,
    isAccessibleForFree: post.membersOnly ? 'False' : 'True',
    ...(post.membersOnly && {
      hasPart: { '@type': 'WebPageElement', isAccessibleForFree: 'False', cssSelector: '.meteredContent' },
    }),
  })}</script>`;
}

const imageOf = (name: string): string => `https://miro.medium.com/v2/resize:fit:1400/${name}`;

function plainHtml(block: Block): string {
  switch (block.type) {
    case 'paragraph':
      return `<p>${escaped(block.text)}</p>`;
    case 'heading':
      return `<h3>${escaped(block.text)}</h3>`;
    case 'quote':
      return `<blockquote>${escaped(block.text)}</blockquote>`;
    case 'list':
      return `<ul>${block.items.map((item) => `<li>${escaped(item)}</li>`).join('')}</ul>`;
    case 'code':
      return `<pre>${escaped(block.text).replaceAll('\n', '<br>')}</pre>`;
    case 'image':
      return `<figure><img alt="" src="${imageOf(block.name)}" /><figcaption>${escaped(block.caption)}</figcaption></figure>`;
  }
}

function grafBody(post: Post, blocks: readonly Block[]): string {
  const grafs: Readonly<Record<Block['type'], string>> = {
    paragraph: 'graf--p',
    heading: 'graf--h3',
    quote: 'graf--blockquote',
    list: 'postList',
    code: 'graf--pre',
    image: 'graf--figure',
  };
  const body = blocks.map((block) =>
    plainHtml(block)
      .replace(/^<(\w+)/, `<$1 class="graf ${grafs[block.type]}"`)
      .replaceAll('<li>', '<li class="graf graf--li">'),
  );
  return (
    '<article class="postArticle"><div class="postArticle-content js-postField"><section class="section section--body">' +
    '<div class="section-content"><div class="section-inner layoutSingleColumn">' +
    `<h3 class="graf graf--h3 graf--first graf--title">${escaped(post.title)}</h3>` +
    `<h4 class="graf graf--h4 graf--subtitle">${escaped(post.subtitle)}</h4>${body.join('')}` +
    `</div></div></section></div></article>${post.membersOnly ? paywall : ''}`
  );
}

const paywall =
  '<div class="speechify-ignore"><h2>The author made this story available to Medium members only.</h2>' +
  '<p>If you’re new to Medium, create a new account to read this story on us.</p></div>';

function domBody({ post, author, handle }: Story, blocks: readonly Block[]): string {
  const body = blocks.map((block) =>
    plainHtml(block)
      .replace(/^<p>/, '<p class="pw-post-body-paragraph ab cd">')
      .replace(/^<h3>/, '<h1 class="ef gh">')
      .replace(/<\/h3>$/, '</h1>')
      .replace(/^<pre>/, '<pre class="ij kl"><span class="mn op">')
      .replace(/<\/pre>$/, '</span></pre>')
      .replace(/^<figure>/, '<figure class="paragraph-image">'),
  );
  return (
    '<div><a href="/">Open in app</a><a href="/m/signin">Sign up</a></div><article class="meteredContent"><section>' +
    `<h1 class="pw-post-title aa bb" data-testid="storyTitle">${escaped(post.title)}</h1>` +
    `<h2 class="pw-subtitle-paragraph cc">${escaped(post.subtitle)}</h2>` +
    `<div class="speechify-ignore"><a data-testid="authorName" href="/@${handle}">${escaped(author)}</a>` +
    `<span>5 min read</span></div>${body.join('')}</section></article>${post.membersOnly ? paywall : ''}` +
    '<footer><a href="/about">About</a><a href="/help">Help</a></footer>'
  );
}

function apolloState(
  { post, author, handle, link }: Story,
  blocks: readonly Block[],
  generation: StoryGeneration,
): unknown {
  const reference = (id: string, typename: string): unknown =>
    generation === 'apollo-ref' ? { __ref: id } : { type: 'id', generated: false, id, typename };
  const paragraphs = [
    { type: 'H3', text: post.title },
    { type: 'H4', text: post.subtitle },
    ...blocks.flatMap(apolloParagraphs),
  ].map((paragraph, index) => ({ id: `${post.id}_${index}`, ...paragraph }));
  const references = paragraphs.map(({ id }) => reference(`Paragraph:${id}`, 'Paragraph'));
  const contentKey = 'content({"postMeteringOptions":{}})';
  const bodyModel = { __typename: 'RichText', paragraphs: references, sections: [] };
  const content = { __typename: 'PostContent', isLockedPreviewOnly: post.membersOnly, bodyModel };
  const generatedId = `$Post:${post.id}.${contentKey}`;
  const flattened = {
    [generatedId]: { ...content, bodyModel: { type: 'id', generated: true, id: `${generatedId}.bodyModel` } },
    [`${generatedId}.bodyModel`]: bodyModel,
  };
  return {
    ROOT_QUERY: { __typename: 'Query' },
    [`User:${handle}`]: { __typename: 'User', id: handle, username: handle, name: author },
    [`Post:${post.id}`]: {
      __typename: 'Post',
      id: post.id,
      title: post.title,
      creator: reference(`User:${handle}`, 'User'),
      mediumUrl: link,
      canonicalUrl: '',
      collection: null,
      firstPublishedAt: post.publishedAt.getTime(),
      latestPublishedAt: post.changedAt.getTime(),
      isLocked: post.membersOnly,
      isPublished: true,
      visibility: post.membersOnly ? 'LOCKED' : 'PUBLIC',
      readingTime: 5.2,
      clapCount: 12,
      tags: [],
      [contentKey]: generation === 'apollo-ref' ? content : { type: 'id', generated: true, id: generatedId },
    },
    ...(generation === 'apollo-id' && flattened),
    ...Object.fromEntries(
      paragraphs.map((paragraph) => [
        `Paragraph:${paragraph.id}`,
        { markups: [], ...paragraph, __typename: 'Paragraph' },
      ]),
    ),
    ...Object.fromEntries(
      blocks
        .filter((block) => block.type === 'image')
        .map(({ name }) => [`ImageMetadata:${name}`, { __typename: 'ImageMetadata', id: name, alt: null }]),
    ),
  };

  function apolloParagraphs(block: Block): { readonly type: string; readonly text: string }[] {
    switch (block.type) {
      case 'paragraph':
        return [{ type: 'P', text: block.text }];
      case 'heading':
        return [{ type: 'H3', text: block.text }];
      case 'quote':
        return [{ type: 'BQ', text: block.text }];
      case 'list':
        return block.items.map((text) => ({ type: 'ULI', text }));
      case 'code':
        return [{ type: 'PRE', text: block.text }];
      case 'image': {
        const metadata = reference(`ImageMetadata:${block.name}`, 'ImageMetadata');
        return [{ type: 'IMG', text: block.caption, ...{ metadata } }];
      }
    }
  }
}
