import type { Post } from './catalogue.ts';
import { escaped, htmlOf, scriptJson } from './markup.ts';

/** How LinkedIn has marked up a member's posts: before March 2026, and since then. */
export type PostGeneration = 'urn' | 'hashed';

export interface Share {
  /** `urn:li:activity:…` */
  readonly urn: string;
  readonly text: string;
}

/** As those see it who are not signed in. */
export function sharePage(author: string, handle: string, { urn, text }: Share): string {
  const data = {
    '@context': 'http://schema.org',
    '@type': 'SocialMediaPosting',
    url: `https://www.linkedin.com/feed/update/${urn}/`,
    articleBody: text,
    author: { '@type': 'Person', name: author },
  };
  return page(
    `${author} on LinkedIn`,
    `<main><article data-activity-urn="${urn}"><a href="/in/${handle}">${escaped(author)}</a>` +
      `<p data-test-id="main-feed-activity-card__commentary">${withBreaks(text)}</p></article></main>`,
    `<script type="application/ld+json">${scriptJson(data)}</script>`,
  );
}

export function articlePage(author: string, handle: string, post: Post): string {
  const link = `https://www.linkedin.com/pulse/${post.slug}`;
  const data = {
    '@context': 'http://schema.org',
    '@type': 'Article',
    headline: post.subtitle,
    name: post.title,
    url: link,
    datePublished: post.publishedAt.toISOString().replace('Z', '+00:00'),
    mainEntityOfPage: link,
    author: { '@type': 'Person', name: author, url: `https://www.linkedin.com/in/${handle}` },
  };
  const blocks = htmlOf(post.blocks, 'https://media.licdn.com/dms/image')
    .split('\n<')
    .map((html, index) => (index === 0 ? html : `<${html}`))
    .map((html) => `<div class="article-main__content" data-test-id="publishing-text-block">${html}</div>`);
  return page(
    post.title,
    `<nav><a href="/login">Sign in</a></nav><main><article><h1>${escaped(post.title)}</h1>` +
      `<a href="/in/${handle}">${escaped(author)}</a><div>Published ${post.publishedAt.toDateString().slice(4)}</div>` +
      `<div data-test-id="article-content-blocks">${blocks.join('')}</div></article>` +
      '<section class="comments"><h2>Comments</h2><p>Great insights, thanks for sharing with all of us!</p></section></main>',
    `<link rel="canonical" href="${link}"><script type="application/ld+json">${scriptJson(data)}</script>`,
  );
}

export const loginPage = page(
  'LinkedIn Login, Sign in | LinkedIn',
  '<h1>Sign in</h1><form action="/checkpoint/lg/login-submit" method="post">' +
    '<input id="username" name="session_key" type="email"><input id="password" name="session_password" type="password">' +
    '<button type="submit">Sign in</button></form>',
);

export const authwallPage = page(
  'Sign Up | LinkedIn',
  '<h1>Join LinkedIn</h1><form><input type="email"><input type="password"></form><p>Sign in to see the full profile</p>',
);

export const checkpointPage = page(
  'Security Verification | LinkedIn',
  '<h1>Let’s do a quick security check</h1><p>We want to make sure it’s you. Enter the code that we sent to you.</p>' +
    '<form><input name="pin"></form>',
);

export const homePage = page(
  'Feed | LinkedIn',
  '<main><h1>Home</h1><div class="scaffold-layout">Start a post</div></main>',
);

export function profilePage(author: string): string {
  return page(`${author} | LinkedIn`, `<main><h1>${escaped(author)}</h1><p>Analyst of engines</p></main>`);
}

/** Five posts, and five more whenever its end is reached; all of them by script. */
export function activityPage(author: string, generation: PostGeneration): string {
  return page(
    `Activity | ${author} | LinkedIn`,
    `<style>.post{min-height:400px}</style><main><h1>All activity</h1><div id="posts"></div></main><script>
const generation = ${scriptJson(generation)};
let next = 0;
let loading = false;
const made = (name, attributes, ...children) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
};
const broken = (text) => text.split('\\n').flatMap((line, index) => (index === 0 ? [line] : [document.createElement('br'), line]));
const forms = {
  urn: ({ urn, text }) => made('div', { class: 'post feed-shared-update-v2', 'data-urn': urn },
    made('span', { class: 'update-components-actor__name' }, ${scriptJson(author)}),
    made('div', { class: 'feed-shared-update-v2__description' },
      made('div', { class: 'update-components-text' }, made('span', { dir: 'ltr' }, ...broken(text))))),
  hashed: ({ urn, text }) => made('div', { class: 'post _1a2b3c', role: 'listitem', componentkey: 'expanded' + urn },
    made('a', { class: '_4d5e6f', href: '/feed/update/' + urn + '/' }, '1d'),
    made('span', { class: '_7a8b9c', 'data-testid': 'expandable-text-box' }, ...broken(text),
      made('button', { 'data-testid': 'expandable-text-button' }, '… more'))),
};
const more = async () => {
  if (loading || next === null) return;
  loading = true;
  const answer = await (await fetch('/voyager/api/activity?start=' + next)).json();
  document.querySelector('#posts').append(...answer.shares.map(forms[generation]));
  next = answer.next;
  loading = false;
};
more();
addEventListener('scroll', () => {
  if (innerHeight + scrollY > document.body.scrollHeight - 400) more();
});
</script>`,
  );
}

function page(title: string, body: string, head = ''): string {
  return (
    `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title>${head}</head>` +
    `<body>${body}</body></html>`
  );
}

function withBreaks(text: string): string {
  return escaped(text).replaceAll('\n', '<br>');
}
