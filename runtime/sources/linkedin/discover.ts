import { catalogue } from '../../crawling/catalogue.ts';
import { type CrawlJob, rootOf } from '../../domain/crawl-job.ts';
import type { CrawlState, DocumentDraft } from '../../domain/documents.ts';
import { RejectedInput } from '../../domain/errors.ts';
import { sha256 } from '../../domain/identity.ts';
import type { CrawlContext, Crawled } from '../../ports/source.ts';
import { type ActivityRead, readActivity, readArticleLinks } from './activity.ts';
import type { FeedPost } from './feed.ts';
import { acceptedLink, articleLink, canonicalOrigin, memberLink } from './link.ts';
import { postLink } from './post-urn.ts';
import type { LinkedinSession } from './session.ts';

export interface MemberCrawl {
  readonly job: CrawlJob;
  readonly context: CrawlContext;
  readonly session: LinkedinSession;
  readonly origin: string;
}

interface Found {
  readonly name: string;
  readonly activity: ActivityRead;
  readonly slugs: readonly string[];
}

/** What is remembered of an activity page once its end was seen. */
const complete = 'complete';

/**
 * All posts of a member, and a job for each of their articles. What was stored before and has not changed is unchanged;
 * once the whole page was seen, a later crawl reads it no further down than to where nothing is new.
 * @throws RejectedInput as `LinkedinSession.visit` does, and `selectors_outdated`
 */
export async function* discoverMember({ job, context, session, origin }: MemberCrawl): AsyncGenerator<Crawled> {
  const asked = acceptedLink(job.url, origin);
  if (asked.kind !== 'member') throw new RejectedInput('unsupported_link', `${job.url} is no profile`);
  const { signal } = context;
  const found = await session.visit(asked.name, signal, async (page, name): Promise<Found> => {
    const scope = activityLink(name, origin);
    const known = await knownPosts(job, context, scope);
    const activity = await readActivity(page, {
      url: scope,
      name,
      known: known.texts,
      isFirst: !known.isComplete,
      signal,
    });
    return {
      name,
      activity,
      slugs: await readArticleLinks(page, `${memberLink(name, origin)}/recent-activity/articles/`),
    };
  });
  const scope = activityLink(found.name, origin);
  yield* postsOf(found.activity, scope, job);
  const links = found.slugs.map((slug) => ({ url: articleLink(slug, origin) }));
  yield* catalogue({ job, context, platform: 'linkedin', links, isComplete: () => false });
  const { activity } = found;
  if (activity.sawEnd) {
    yield { outcome: 'unchanged', documents: 0, state: { key: scope, scope, validators: {}, lastResult: complete } };
  }
}

function activityLink(name: string, origin: string): string {
  return `${memberLink(name, origin)}/recent-activity/all/`;
}

/** URN → hash of the text, of what is stored. */
async function knownPosts(
  job: CrawlJob,
  context: CrawlContext,
  scope: string,
): Promise<{ readonly texts: ReadonlyMap<string, string>; readonly isComplete: boolean }> {
  const states = await context.statesIn(scope);
  const own = [...states.values()].filter(({ authorId }) => authorId === job.authorId);
  const texts = new Map<string, string>();
  for (const { key, validators } of own) {
    const { text } = validators;
    if (typeof text === 'string' && (await context.isStored('linkedin', key))) texts.set(key, text);
  }
  return { texts, isComplete: own.some(({ key, lastResult }) => key === scope && lastResult === complete) };
}

function* postsOf(activity: ActivityRead, scope: string, job: CrawlJob): Generator<Crawled> {
  for (const post of activity.posts) {
    const validators: CrawlState['validators'] = { text: sha256(post.text) };
    const state = { key: post.urn, scope, validators, lastResult: 'stored' };
    yield { outcome: 'document', draft: draftOf(post, scope, job), state };
  }
  if (activity.unchanged > 0) yield { outcome: 'unchanged', documents: activity.unchanged };
  for (const { reason, message } of activity.losses) yield { outcome: 'rejected', link: rootOf(job), reason, message };
}

function draftOf({ urn, text, publishedAt, html }: FeedPost, scope: string, { authorId }: CrawlJob): DocumentDraft {
  return {
    kind: 'post',
    platform: 'linkedin',
    naturalKey: urn,
    authorId,
    link: postLink(urn, canonicalOrigin(scope)),
    publishedAt,
    content: { text },
    payload: { mediaType: 'text/html', bytes: Buffer.from(html) },
  };
}
