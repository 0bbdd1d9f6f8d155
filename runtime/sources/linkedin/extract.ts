import type { PageReading, PageToRead, ReadDocument } from '../../crawling/page-reader.ts';
import { type Element, findElement, findElements, lineOf } from '../../html/dom.ts';
import { extractArticle } from '../../html/extract-article.ts';
import { metadataOf } from '../../html/metadata.ts';
import { notContent } from '../../html/page-gate.ts';
import { parseHtml } from '../../html/parse.ts';
import { plainText } from '../../html/plain-text.ts';
import { timestampFrom } from '../../html/published-at.ts';
import { withoutTitle } from '../../html/title-heading.ts';
import { articleMarkdown } from './article-blocks.ts';
import { barrierAt } from './barrier.ts';
import { articleKey, articleLink, canonicalOrigin, readLink } from './link.ts';
import { postText, tidyText } from './post-text.ts';
import { postLink, postUrnIn, publishedAtOf } from './post-urn.ts';
import { type LinkedinWork, workOf } from './structured-work.ts';

/** A public article or a public post, as anyone sees them who is not signed in. Pure. */
export function readPage({ url, mediaType, text }: PageToRead): PageReading {
  const barrier = barrierAt(url);
  if (barrier !== undefined) return { outcome: 'rejected', ...barrier };
  if (mediaType !== 'text/html' && mediaType !== 'application/xhtml+xml') {
    const message = `${url} is ${mediaType}; LinkedIn's articles and posts are HTML`;
    return { outcome: 'rejected', reason: 'unsupported_media_type', message };
  }
  const link = readLink(new URL(url), new URL(url).origin);
  if (link?.kind === 'article') return readArticle(link.slug, url, text);
  if (link?.kind === 'post') return readPost(link.urn, url, text);
  return outdated(url);
}

function readArticle(slug: string, url: string, html: string): PageReading {
  const root = parseHtml(html);
  const page = metadataOf(root, url);
  const work = workOf(root, 'article');
  const title = titleOf(root, work) ?? page.title;
  const own = articleMarkdown(root, url);
  // Pages of another make are read as any page of the web is.
  const markdown = withoutTitle(own ?? extractArticle(html, url).markdown, title);
  // Every page has a form to sign in, so what is beside its own content says nothing about it.
  const refused = refusal(own === undefined && work === undefined ? html : '', plainText(markdown), url);
  if (refused !== undefined) return refused;
  const byline = work?.author ?? page.byline;
  const { language } = page;
  return {
    outcome: 'document',
    document: {
      kind: 'article',
      naturalKey: articleKey(slug),
      link: articleLink(slug, canonicalOrigin(url)),
      title,
      publishedAt: timestampFrom(work?.datePublished) ?? page.publishedAt,
      content: { markdown, ...(byline && { byline }), ...(language && { language }) },
    },
  };
}

/** JSON-LD names as `headline` how the text begins, and as `name` the title. */
function titleOf(root: Element, work: LinkedinWork | undefined): string | undefined {
  const heading = findElement(root, ({ name }) => name === 'h1');
  return work?.name ?? ((heading && lineOf(heading)) || undefined);
}

function readPost(asked: string, url: string, html: string): PageReading {
  const root = parseHtml(html);
  const work = workOf(root, 'post');
  const shown = commentaryOf(root);
  // What the page shows has line breaks that JSON-LD may have lost, but it may also be cut.
  const text = longer(shown && postText(shown), work?.body && tidyText(work.body));
  if (text === undefined) {
    const refused = refusal(html, '', url);
    return refused === undefined || isEmpty(refused) ? outdated(url) : refused;
  }
  const refused = refusal('', text, url);
  // A post may be as short as one word.
  if (refused !== undefined && !(isEmpty(refused) && /[\p{L}\p{N}]/u.test(text))) return refused;
  const urn = activityOf(shown) ?? asked;
  const document: ReadDocument = {
    kind: 'post',
    naturalKey: urn,
    link: postLink(urn, canonicalOrigin(url)),
    publishedAt: timestampFrom(work?.datePublished) ?? publishedAtOf(urn),
    content: { text },
  };
  return { outcome: 'document', document };
}

/** The first one: comments and other posts stand below. */
function commentaryOf(root: Element): Element | undefined {
  return findElements(root, ({ attributes }) => {
    return attributes.get('data-test-id') === 'main-feed-activity-card__commentary';
  })[0];
}

/** A link may name the share that a post carries; the page that it leads to names the post itself. */
function activityOf(commentary: Element | undefined): string | undefined {
  for (let around = commentary; around !== undefined; around = around.parent) {
    const urn = postUrnIn(around.attributes.get('data-activity-urn') ?? '');
    if (urn !== undefined) return urn;
  }
  return undefined;
}

function longer(shown: string | undefined, structured: string | undefined): string | undefined {
  if (!shown) return structured || undefined;
  const letters = (text: string): number => text.match(/[\p{L}\p{N}]/gu)?.length ?? 0;
  return structured && letters(structured) > letters(shown) * 1.1 ? structured : shown;
}

function refusal(html: string, text: string, url: string): PageReading | undefined {
  const problem = notContent(html, text, url);
  if (problem?.reason === 'rate_limited') return { outcome: 'rate_limited', message: problem.message };
  return problem && { outcome: 'rejected', ...problem };
}

function isEmpty(reading: PageReading): boolean {
  return reading.outcome === 'rejected' && reading.reason === 'empty_page';
}

function outdated(url: string): PageReading {
  const message = `${url} is made as no page of LinkedIn's that is known: how it is read has to be brought up to date`;
  return { outcome: 'rejected', reason: 'selectors_outdated', message };
}
