import type { Block } from './writing.ts';

/** For text and for attribute values, of HTML as of XML. */
export function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}

/** JSON that cannot end the script it stands in. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replace(/</g, '\\u003c');
}

/** The blocks as a plain blog writes them. */
export function htmlOf(blocks: readonly Block[], imageFolder: string): string {
  return blocks.map((block) => htmlOfBlock(block, imageFolder)).join('\n');
}

function htmlOfBlock(block: Block, imageFolder: string): string {
  switch (block.type) {
    case 'paragraph':
      return `<p>${escaped(block.text)}</p>`;
    case 'heading':
      return `<h2>${escaped(block.text)}</h2>`;
    case 'quote':
      return `<blockquote><p>${escaped(block.text)}</p></blockquote>`;
    case 'list':
      return `<ul>${block.items.map((item) => `<li>${escaped(item)}</li>`).join('')}</ul>`;
    case 'code':
      return `<pre><code class="language-${block.language}">${escaped(block.text)}</code></pre>`;
    case 'image':
      return `<figure><img src="${imageFolder}/${block.name}" alt=""><figcaption>${escaped(block.caption)}</figcaption></figure>`;
  }
}

export interface FeedItem {
  readonly title: string;
  readonly link: string;
  readonly id: string;
  readonly author: string;
  readonly publishedAt: Date;
  readonly changedAt: Date;
  /** HTML. */
  readonly content: string;
}

/** RSS 2.0 with the whole text in `content:encoded`. */
export function rss(title: string, link: string, items: readonly FeedItem[]): string {
  const entries = items.map(
    (item) =>
      `<item><title><![CDATA[${item.title}]]></title><link>${escaped(item.link)}</link>` +
      `<guid isPermaLink="false">${escaped(item.id)}</guid><dc:creator><![CDATA[${item.author}]]></dc:creator>` +
      `<pubDate>${item.publishedAt.toUTCString()}</pubDate><atom:updated>${item.changedAt.toISOString()}</atom:updated>` +
      `<content:encoded><![CDATA[${item.content}]]></content:encoded></item>`,
  );
  return (
    '<?xml version="1.0" encoding="UTF-8"?><rss xmlns:dc="http://purl.org/dc/elements/1.1/" ' +
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:atom="http://www.w3.org/2005/Atom" version="2.0">' +
    `<channel><title><![CDATA[${title}]]></title><link>${escaped(link)}</link>${entries.join('')}</channel></rss>`
  );
}

export function atom(title: string, link: string, items: readonly FeedItem[]): string {
  const entries = items.map(
    (item) =>
      `<entry><title>${escaped(item.title)}</title><link rel="alternate" href="${escaped(item.link)}"/>` +
      `<id>${escaped(item.id)}</id><author><name>${escaped(item.author)}</name></author>` +
      `<published>${item.publishedAt.toISOString()}</published><updated>${item.changedAt.toISOString()}</updated>` +
      `<content type="html">${escaped(item.content)}</content></entry>`,
  );
  return (
    '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom">' +
    `<title>${escaped(title)}</title><id>${escaped(link)}</id><link href="${escaped(link)}"/>${entries.join('')}</feed>`
  );
}

export function jsonFeed(title: string, link: string, items: readonly FeedItem[]): string {
  return JSON.stringify({
    version: 'https://jsonfeed.org/version/1.1',
    title,
    home_page_url: link,
    items: items.map(({ id, link: url, title: itemTitle, content, publishedAt, changedAt, author }) => ({
      id,
      url,
      title: itemTitle,
      content_html: content,
      date_published: publishedAt.toISOString(),
      date_modified: changedAt.toISOString(),
      authors: [{ name: author }],
    })),
  });
}

export interface SitemapEntry {
  readonly link: string;
  readonly lastmod?: string;
}

/** Of pages, or of further sitemaps. */
export function sitemap(kind: 'urlset' | 'sitemapindex', entries: readonly SitemapEntry[]): string {
  const element = kind === 'urlset' ? 'url' : 'sitemap';
  const lines = entries.map(({ link, lastmod }) => {
    const dated = lastmod === undefined ? '' : `<lastmod>${lastmod}</lastmod>`;
    return `<${element}><loc>${escaped(link)}</loc>${dated}</${element}>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?><${kind} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">${lines.join('')}</${kind}>`;
}
