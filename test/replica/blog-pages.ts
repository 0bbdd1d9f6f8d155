import type { Post } from './catalogue.ts';
import { escaped, htmlOf, scriptJson } from './markup.ts';

/** An article among what blogs put around it. */
export function blogPage(site: string, author: string, link: string, post: Post): string {
  return (
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escaped(post.title)} | ${escaped(site)}</title>` +
    `<link rel="canonical" href="${escaped(link)}"><meta name="author" content="${escaped(author)}">` +
    `<meta property="og:title" content="${escaped(post.title)}">` +
    `<meta property="article:published_time" content="${post.publishedAt.toISOString()}"></head><body>` +
    `<header><nav><a href="/">${escaped(site)}</a><a href="/about">About</a></nav></header><main><article>` +
    `<h1>${escaped(post.title)}</h1><p class="byline">by ${escaped(author)}</p>${htmlOf(post.blocks, '/images')}</article></main>` +
    '<aside><h2>More to read</h2><a href="/">All posts</a></aside><footer>© the author. All rights reserved.</footer></body></html>'
  );
}

/** The same article, but put together in the browser. */
export function scriptedPage(site: string, post: Post): string {
  const content = scriptJson(htmlOf(post.blocks, '/images'));
  return (
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escaped(post.title)} | ${escaped(site)}</title></head>` +
    '<body><noscript>You need to enable JavaScript to run this app.</noscript><div id="root"></div><script>' +
    `setTimeout(() => { const article = document.createElement('article'); const title = document.createElement('h1');` +
    `title.textContent = ${scriptJson(post.title)}; article.innerHTML = ${content}; article.prepend(title);` +
    `document.querySelector('#root').append(article); }, 50);</script></body></html>`
  );
}

/** What is served with status 200 instead of an article. */
export const walls = {
  notFound:
    '<!doctype html><html><head><title>Page not found</title></head><body><main><h1>Page not found</h1>' +
    '<p>We looked everywhere, but this page is no longer here.</p><a href="/">Home</a></main></body></html>',
  login:
    '<!doctype html><html><head><title>Members</title></head><body><main><h1>Welcome back</h1><p>Please sign in to read on.</p>' +
    '<form><input name="user"><input type="password" name="password"><button>Sign in</button></form></main></body></html>',
  consent:
    '<!doctype html><html><head><title>Before you continue</title></head><body><main><h1>Before you continue</h1>' +
    '<p>We and our partners use cookies to store and access information on your device. Accept all cookies to continue ' +
    'to this site, or manage your consent preferences.</p><button>Accept all</button><button>Reject all</button></main></body></html>',
  nearlyEmpty: '<!doctype html><html><head><title>Soon</title></head><body><main><p>Soon.</p></main></body></html>',
} as const;
