import { findElement, lineOf } from './dom.ts';
import { parseHtml } from './parse.ts';

/** Why a page that was served as if it were content is not. */
export interface NotContent {
  readonly reason:
    | 'challenge_page'
    | 'login_page'
    | 'javascript_required'
    | 'error_page'
    | 'rate_limited'
    | 'empty_page';
  readonly message: string;
}

/** Characters of letters and digits: what a challenge or a login page has is below, an article that speaks of them above. */
const shortPage = 1_500;
const emptyPage = 25;

const challengeMarkup =
  /window\._cf_chl_opt|id="cf-(?:challenge-running|error-details|wrapper)"|class="cf-(?:browser-verification|captcha-container)|_Incapsula_Resource|captcha-delivery\.com|id="px-captcha"|window\._pxAppId|awswaf\.com\/[^"]*challenge\.js|<title>\s*(?:Just a moment\.\.\.|Attention Required! \| Cloudflare|Access to this page has been denied|Pardon Our Interruption)/i;
const challengeText =
  /checking (?:if the site connection is secure|your browser before)|verify(?:ing)? (?:that )?you(?:'re| are) (?:a )?(?:not a (?:ro)?bot|human)|are you a robot|press (?:&|and) hold to confirm|complete the (?:security check|captcha)|unusual traffic from your|ddos protection by|performing security verification|access denied[\s\S]{0,200}reference #/i;
const loginTitle = /^\s*(?:log ?in|sign ?in|sign up|join linkedin|authwall|security verification|login required)\b/i;
const loginText =
  /(?:log|sign) ?in to (?:continue|view|read|see)|you must (?:be logged|log|sign) in|please (?:log|sign) in/i;
const javascriptText =
  /(?:enable|turn on|activate|requires?|needs?|without|have) java ?script|java ?script (?:is|must be|has been|seems to be|appears to be) (?:required|disabled|enabled|turned off)/i;
const errorTitle =
  /^\s*(?:(?:error\s*)?(?:40[0134]|410|50[0234])\b|page not found|not found|(?:internal )?server error|bad gateway|service unavailable|access denied|forbidden)/i;
const rateLimited = /^\s*(?:too many requests|rate limit(?:ed| exceeded)|429\b)/i;

/**
 * @param text what was extracted of the page
 * @returns nothing for a page that has content. Only pages with little text are doubted, so an article about captchas passes
 */
export function notContent(html: string, text: string, url: string): NotContent | undefined {
  const size = text.match(/[\p{L}\p{N}]/gu)?.length ?? 0;
  if (size > shortPage) return undefined;
  const root = parseHtml(html);
  const titleElement = findElement(root, ({ name }) => name === 'title');
  const title = titleElement ? lineOf(titleElement) : '';
  // What a noscript element tells is part of what a reader without scripts sees.
  const noscript = findElement(root, ({ name }) => name === 'noscript');
  const shown = `${title}\n${text}`;
  if (challengeMarkup.test(html) || challengeText.test(shown)) {
    return { reason: 'challenge_page', message: `${url} answers with a check for robots instead of the page` };
  }
  if (rateLimited.test(text) || rateLimited.test(title)) {
    return { reason: 'rate_limited', message: `${url} says that it is asked too often` };
  }
  const password = findElement(
    root,
    ({ name, attributes }) => name === 'input' && attributes.get('type') === 'password',
  );
  if ((password && size < 600) || loginTitle.test(title) || (size < 600 && loginText.test(shown))) {
    return { reason: 'login_page', message: `${url} shows a login form instead of the page` };
  }
  if (errorTitle.test(title) && size < 600) {
    return { reason: 'error_page', message: `${url} is an error page (“${title.slice(0, 80)}”) with status 200` };
  }
  if (size < 400 && javascriptText.test(`${text}\n${noscript && size < emptyPage * 4 ? lineOf(noscript) : ''}`)) {
    return { reason: 'javascript_required', message: `${url} shows its content only to a browser that runs scripts` };
  }
  if (size < emptyPage) return { reason: 'empty_page', message: `${url} has no text worth keeping` };
  return undefined;
}
