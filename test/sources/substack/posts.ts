/** What the API tells of a post. */
export function postJson(overrides: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    id: 4711,
    publication_id: 12,
    slug: 'the-last-boat',
    type: 'newsletter',
    audience: 'everyone',
    title: 'The last boat',
    subtitle: 'On timetables',
    canonical_url: 'https://ferry.substack.com/p/the-last-boat',
    post_date: '2024-03-05T08:20:30.123Z',
    updated_at: '2024-03-06T08:20:30.123Z',
    wordcount: 12,
    is_published: true,
    body_html: '<p>The boat that nobody waits for <em>leaves</em> on time, every evening.</p>',
    publishedBylines: [{ id: 5, name: 'Ada Byron', handle: 'ada' }],
    ...overrides,
  };
}

export const publicationJson = {
  id: 12,
  name: 'Ferry',
  subdomain: 'ferry',
  custom_domain: null,
  stripe_user_id: 'acct_1',
};

/** As pages hand it to their scripts: encoded twice, among things that are nobody's business. */
export function preloadsPage(post: unknown, { body = '', pub = publicationJson as unknown } = {}): string {
  const preloads = { stripe_publishable_key: 'pk_live_nothing', captcha_site_key: 'captcha-nothing', pub, post };
  const encoded = JSON.stringify(JSON.stringify(preloads)).replaceAll('<', '\\u003c');
  return (
    '<!doctype html><html lang="en"><head><title>Ferry</title></head>' +
    `<body>${body}<script>window._preloads        = JSON.parse(${encoded})</script></body></html>`
  );
}

/** A page that shows its post and says nothing to scripts. */
export function shownPage(body: string, { head = '', after = '' } = {}): string {
  return (
    '<!doctype html><html lang="en"><head><title>The last boat - by Ada Byron - Ferry</title>' +
    '<script type="application/ld+json">{"@type":"NewsArticle","headline":"The last boat",' +
    `"datePublished":"2024-03-05T08:20:30+00:00","author":[{"@type":"Person","name":"Ada Byron"}]}</script>${head}</head>` +
    '<body><nav><a href="/">Ferry</a></nav><article><h1 class="post-title published">The last boat</h1>' +
    `<div class="available-content"><div dir="auto" class="body markup">${body}</div></div>${after}</article>` +
    '<div class="comments"><p>A comment of somebody else’s.</p></div></body></html>'
  );
}

export const attrs = (value: unknown): string =>
  JSON.stringify(value).replaceAll('&', '&amp;').replaceAll('"', '&quot;');
