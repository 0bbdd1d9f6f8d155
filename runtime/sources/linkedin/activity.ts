import { RejectedInput } from '../../domain/errors.ts';
import { sha256 } from '../../domain/identity.ts';
import { htmlToMarkdown } from '../../html/markdown.ts';
import { notContent } from '../../html/page-gate.ts';
import { articleSlugsIn, entrySelector, type FeedPost, type FeedView, readFeed } from './feed.ts';
import { type MemberPage, SessionEnded } from './session.ts';

export interface ActivityOptions {
  readonly url: string;
  /** The name in the address of the profile. */
  readonly name: string;
  /** URN → hash of the text, of the posts that are stored. */
  readonly known: ReadonlyMap<string, string>;
  /** Then everything is read, to the end. */
  readonly isFirst: boolean;
  readonly signal: AbortSignal;
}

export interface ActivityRead {
  /** New ones, and those whose text has changed. */
  readonly posts: readonly FeedPost[];
  readonly unchanged: number;
  readonly sawEnd: boolean;
  readonly losses: readonly { readonly reason: string; readonly message: string }[];
}

/** Steps down; a step is a screenful or more. */
const maxSteps = 1_000;
/** A page is at its end when it has added nothing after so many steps in a row. */
const idleSteps = 2;
const articlePatienceMs = 3_000;
const loadMore = 'button.scaffold-finite-scroll__load-button';

/**
 * Reads an activity page from the newest entry down. Pages may drop what is no longer in sight, so each screenful is
 * read when it is there.
 * @throws RejectedInput `selectors_outdated` when there is something on the page and nothing in it can be read
 * @throws SessionEnded
 */
export async function readActivity(page: MemberPage, options: ActivityOptions): Promise<ActivityRead> {
  await page.open(options.url);
  await page.waitFor(entrySelector, page.patienceMs);
  const reading = new ActivityReading(page, options);
  let idle = 0;
  for (let step = 0; step < maxSteps; step += 1) {
    options.signal.throwIfAborted();
    const screen = await readUnlessTooLarge(reading);
    if (screen === undefined) break;
    const { added, isOldNews } = screen;
    if (isOldNews && !options.isFirst) return reading.done(false, false);
    idle = added ? 0 : idle + 1;
    if (idle > idleSteps) return reading.done(true, false);
    await page.scrollToEnd({ maxSteps: 1, patienceMs: page.patienceMs });
    if (!added) await clickIfThere(page, loadMore);
  }
  return reading.done(false, true);
}

/** @returns undefined when the page has grown too large to be read; what was read of it before is not lost */
async function readUnlessTooLarge(reading: ActivityReading): Promise<Screen | undefined> {
  try {
    return await reading.readScreen();
  } catch (error) {
    if (error instanceof RejectedInput && error.reason === 'too_large') return undefined;
    throw error;
  }
}

interface Screen {
  /** There were entries that had not been seen. */
  readonly added: boolean;
  /** There were some of the member's own among them, and all of these are stored. */
  readonly isOldNews: boolean;
}

class ActivityReading {
  readonly #page: MemberPage;
  readonly #options: ActivityOptions;
  readonly #keys = new Set<string>();
  readonly #own = new Map<string, FeedPost>();
  readonly #unchanged = new Set<string>();
  #withText = 0;
  #unnamed = 0;
  #saysEmpty = false;

  constructor(page: MemberPage, options: ActivityOptions) {
    this.#page = page;
    this.#options = options;
  }

  async readScreen(): Promise<Screen> {
    const view = await this.#look();
    const added = view.keys.filter((key) => !this.#keys.has(key));
    for (const key of added) this.#keys.add(key);
    this.#withText = Math.max(this.#withText, view.withText);
    this.#unnamed = Math.max(this.#unnamed, view.unnamed);
    this.#saysEmpty = view.saysEmpty;
    const fresh = view.own.filter(({ urn }) => !this.#own.has(urn) && !this.#unchanged.has(urn));
    const changed = await this.#unfolded(fresh.filter((post) => !this.#isKnown(post)));
    for (const post of fresh) {
      const whole = changed.get(post.urn) ?? post;
      if (this.#isKnown(whole)) this.#unchanged.add(post.urn);
      else this.#own.set(post.urn, whole);
    }
    const isOldNews = fresh.length > 0 && fresh.every(({ urn }) => this.#unchanged.has(urn));
    return { added: added.length > 0, isOldNews };
  }

  done(sawEnd: boolean, isCut: boolean): ActivityRead {
    const { url } = this.#options;
    const found = this.#own.size + this.#unchanged.size;
    const isUnreadable = this.#keys.size === 0 ? !this.#saysEmpty : this.#withText === 0;
    if (isUnreadable || (found === 0 && this.#unnamed > 0)) throw outdated(url);
    const losses = [];
    if (this.#unnamed > 0) {
      const message = `${this.#unnamed} posts on ${url} do not say which they are, and could not be taken in`;
      losses.push({ reason: 'selectors_outdated', message });
    }
    if (isCut) {
      const message = `${url} goes on below what was read (${found} posts); the export of your data has all of it`;
      losses.push({ reason: 'feed_too_long', message });
    }
    return { posts: [...this.#own.values()], unchanged: this.#unchanged.size, sawEnd, losses };
  }

  #isKnown({ urn, text }: FeedPost): boolean {
    return this.#options.known.get(urn) === sha256(text);
  }

  async #look(): Promise<FeedView> {
    const { url, name } = this.#options;
    const html = await this.#page.html();
    const view = readFeed(html, url, name);
    if (view.keys.length > 0) return view;
    // What is instead of entries may be a check for robots, under the address of the page.
    const refused = notContent(html, htmlToMarkdown(html, url), url);
    if (refused?.reason === 'challenge_page' || refused?.reason === 'login_page') {
      throw new SessionEnded(
        refused.reason,
        `${refused.message}: sign in with your own browser, and see what it asks for`,
      );
    }
    return view;
  }

  /** Unfolds texts of which the page shows the beginning only. @returns URN → the post with all of its text */
  async #unfolded(posts: readonly FeedPost[]): Promise<ReadonlyMap<string, FeedPost>> {
    let clicked = false;
    for (const { unfold } of posts) {
      this.#options.signal.throwIfAborted();
      if (unfold !== undefined) clicked = (await clickIfThere(this.#page, unfold)) || clicked;
    }
    if (!clicked) return new Map();
    const { own } = await this.#look();
    return new Map(own.map((post) => [post.urn, post]));
  }
}

async function clickIfThere(page: MemberPage, selector: string): Promise<boolean> {
  try {
    await page.click(selector);
    return true;
  } catch (error) {
    if (error instanceof RejectedInput && error.reason === 'selector_not_found') return false;
    throw error;
  }
}

function outdated(url: string): RejectedInput {
  return new RejectedInput(
    'selectors_outdated',
    `${url} has entries, but none of them could be read: LinkedIn has changed its pages, and how they are read has to be ` +
      'brought up to date. The export of your data works whatever they look like',
  );
}

/** Members without articles have no such page, or are led to another one. */
export async function readArticleLinks(page: MemberPage, url: string): Promise<readonly string[]> {
  try {
    await page.open(url);
  } catch (error) {
    if (error instanceof RejectedInput && error.reason === 'not_found') return [];
    throw error;
  }
  await page.waitFor('main a[href*="/pulse/"]', Math.min(page.patienceMs, articlePatienceMs));
  if (!(await page.url()).includes('/recent-activity/articles')) return [];
  await page.scrollToEnd({ patienceMs: Math.min(page.patienceMs, articlePatienceMs) });
  return articleSlugsIn(await page.html(), url);
}
