import { type Post, previewOf } from './catalogue.ts';
import { escaped, htmlOf } from './markup.ts';
import type { Publication } from './substack.ts';
import type { Block } from './writing.ts';

/** The blocks as Substack's editor writes them. */
export function substackHtml(blocks: readonly Block[]): string {
  const images = 'https://substackcdn.com/image/fetch/w_1456';
  return htmlOf(blocks, images)
    .replaceAll('\n<', '<')
    .replace(/<pre><code class="[^"]*">/g, '<pre><code><code>')
    .replaceAll('</code></pre>', '</code></code></pre>')
    .replace(/<li>(.*?)<\/li>/g, '<li><p>$1</p></li>')
    .replace(
      /<figure>(.*?)<\/figure>/g,
      '<div class="captioned-image-container"><figure><a class="image-link image2" target="_blank">$1</a></figure></div>',
    );
}

const subscribe =
  '<div class="subscription-widget-wrap"><div class="subscription-widget show-subscribe"><div class="preamble">' +
  '<p class="cta-caption">Thanks for reading! Subscribe for free to receive new posts.</p></div></div></div>';

/** A post's page, or the front page without one. */
export function substackPage(publication: Publication, post: Post | undefined): string {
  const { name } = publication;
  const title = post === undefined ? name : `${post.title} - by ${publication.author} - ${name}`;
  const scripted = post === undefined || !publication.domOnly(post);
  return (
    `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title>` +
    '<script type="module" src="https://substackcdn.com/bundle/static/js/main.js"></script>' +
    `${post === undefined ? '' : headOf(publication, post)}</head><body><div id="entry"><nav><a href="/">${escaped(name)}</a></nav>` +
    `${post === undefined ? `<h1>${escaped(name)}</h1>` : articleOf(publication, post)}</div>` +
    `${scripted ? preloads(publication, post) : ''}</body></html>`
  );
}

function headOf(publication: Publication, post: Post): string {
  const link = escaped(publication.linkOf(post));
  return (
    `<meta property="og:type" content="article"><meta property="og:title" content="${escaped(post.title)}">` +
    `<meta property="og:url" content="${link}"><link rel="canonical" href="${link}">` +
    `<meta name="author" content="${escaped(publication.author)}">` +
    `<script type="application/ld+json">${JSON.stringify({
      '@context': 'https://schema.org',
      '@type': 'NewsArticle',
      url: publication.linkOf(post),
      headline: post.title,
      datePublished: post.publishedAt.toISOString(),
      isAccessibleForFree: !post.membersOnly,
      author: [{ '@type': 'Person', name: publication.author }],
    })}</script>`
  );
}

function articleOf(publication: Publication, post: Post): string {
  const body = substackHtml(post.membersOnly ? previewOf(post) : post.blocks);
  const rest = post.membersOnly
    ? '<div class="paywall" data-testid="paywall"><h2 class="paywall-title">This post is for paid subscribers</h2>' +
      '<a href="/subscribe">Subscribe</a><div>Already a paid subscriber? <a href="/sign-in">Sign in</a></div></div>'
    : subscribe;
  return (
    '<div class="single-post"><article class="typography newsletter-post post"><div class="post-header">' +
    `<h1 class="post-title published">${escaped(post.title)}</h1><h3 class="subtitle">${escaped(post.subtitle)}</h3>` +
    `<a href="https://substack.com/@${publication.subdomain}">${escaped(publication.author)}</a>` +
    `<time datetime="${post.publishedAt.toISOString()}"></time></div><div class="available-content">` +
    `<div dir="auto" class="body markup">${body}</div></div>${rest}</article>` +
    '<div class="comments"><p>Ready for more?</p><p>A comment by a reader that nobody asked for.</p></div></div>'
  );
}

/** Encoded twice, with keys in it that are nobody's business. */
function preloads(publication: Publication, post: Post | undefined): string {
  const { id, name, subdomain, domain, author, userId } = publication;
  const state = {
    base_url: publication.origin,
    stripe_publishable_key: 'pk_replica_not_a_key',
    captcha_site_key: 'replica-captcha',
    pub: {
      id,
      name,
      subdomain,
      custom_domain: domain ?? null,
      author_id: userId,
      author_name: author,
    },
    domainInfo: { isSubstack: domain === undefined, customDomain: domain ?? null },
    ...(post !== undefined && { post: publication.postJson(post, true), canonicalUrl: publication.linkOf(post) }),
  };
  const encoded = JSON.stringify(JSON.stringify(state)).replace(/</g, '\\u003c');
  return `<script>window._preloads        = JSON.parse(${encoded})</script>`;
}
