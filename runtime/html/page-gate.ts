import { type DoubtfulPage, doubtfulPage, sizeOf } from './page-gate/doubtful-page.ts';
import { isConsentWall, isLogin } from './page-gate/entrances.ts';
import { emptyPage, isErrorPage, isOnlyNavigation, needsJavascript } from './page-gate/failures.ts';
import { type PageFacts, shortageOf } from './page-gate/paywall.ts';
import { isCaptcha, isChallenge, isRateLimited } from './page-gate/robot-checks.ts';

/** Why something that was served as if it were content is not. The codes are stable: they are counted and searched for. */
export const refusalReasons = [
  /** A check for robots that solves itself, or blocks. */
  'challenge_page',
  /** A puzzle to be solved. */
  'captcha_page',
  /** A form to log in with, or the wish that one does. */
  'login_page',
  /** The wish for consent to cookies, instead of the text. */
  'consent_page',
  /** The free part of a text that must be paid for. */
  'paywall_stub',
  /** The page only says that it is asked too often. */
  'rate_limited',
  /** An error, or the notice that there is no site, with the status of a success. */
  'error_page',
  /** Nothing to read, or nothing but links to elsewhere. */
  'empty_page',
  /** Nothing to read without running scripts. */
  'javascript_required',
  /** Far fewer words than there should be. */
  'incomplete_text',
] as const;
export type RefusalReason = (typeof refusalReasons)[number];

/** Why a page that was served as if it were content is not. */
export interface NotContent {
  readonly reason: RefusalReason;
  readonly message: string;
}

/** Letters and digits: what a challenge or a login page has is below, an article that speaks of them above. */
const shortPage = 1_500;

const whyNot: Readonly<Record<RefusalReason, string>> = {
  challenge_page: 'answers with a check for robots instead of the page',
  captcha_page: 'wants a puzzle to be solved before it shows the page',
  login_page: 'shows a login form instead of the page',
  consent_page: 'asks for consent to cookies instead of showing the page',
  paywall_stub: 'shows only the part of the text that is free; the rest must be paid for',
  rate_limited: 'says that it is asked too often',
  error_page: 'is an error page with the status of a success',
  empty_page: 'has no text worth keeping',
  javascript_required: 'shows its content only to a browser that runs scripts',
  incomplete_text: 'has far fewer words than it should have',
};

/** In this order: a challenge needs scripts, too, and asks for a login at times. */
const rules: readonly (readonly [RefusalReason, (page: DoubtfulPage) => boolean])[] = [
  ['challenge_page', isChallenge],
  ['captcha_page', isCaptcha],
  ['rate_limited', isRateLimited],
  ['consent_page', isConsentWall],
  ['login_page', isLogin],
  ['error_page', isErrorPage],
  ['javascript_required', needsJavascript],
  ['empty_page', isOnlyNavigation],
];

/**
 * The gate that everything passes before it is stored. Apart from texts cut short, only pages with little text are
 * doubted, so that an article about captchas passes.
 * @param text what was extracted of the page, as plain text
 * @param facts what its platform says of it
 * @returns nothing for a page that has content
 */
export function notContent(html: string, text: string, url: string, facts: PageFacts = {}): NotContent | undefined {
  const reason = reasonFor(html, text, url, facts);
  return reason && { reason, message: `${url} ${whyNot[reason]}` };
}

function reasonFor(html: string, text: string, url: string, facts: PageFacts): RefusalReason | undefined {
  const size = sizeOf(text);
  if (size <= shortPage) {
    const page = doubtfulPage(html, text, url);
    const rule = rules.find(([, applies]) => applies(page));
    if (rule !== undefined) return rule[0];
  }
  const shortage = shortageOf(html, text, facts);
  if (shortage === 'paywall_stub') return shortage;
  return size < emptyPage ? 'empty_page' : shortage;
}
