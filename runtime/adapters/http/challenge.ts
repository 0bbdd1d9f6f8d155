import { RejectedInput } from '../../domain/errors.ts';

/** A challenge page carries little but its scripts. */
export const maxChallengeBytes = 65_536;

/** The statuses that robot checks come with; where headers do not tell, the page has to be read. */
export const challengeStatuses: ReadonlySet<number> = new Set([401, 403, 405, 429, 503]);

/** Who → what their check for robots has and no other error page of theirs. */
const markup: readonly (readonly [who: string, mark: RegExp])[] = [
  ['Cloudflare', /_cf_chl_opt|\/cdn-cgi\/challenge-platform\/|<title>(?:Just a moment\.\.\.|Attention Required! \|)/i],
  ['PerimeterX', /id="px-captcha"|_pxAppId|captcha\.px-c(?:dn|loud)\.net/i],
  ['Incapsula', /_Incapsula_Resource/],
  ['DataDome', /captcha-delivery\.com/i],
  ['AWS WAF', /awswaf\.com\/[^"\s]{0,200}\/(?:challenge|captcha)\.js|AwsWafIntegration/],
];

/** By the headers alone, whatever the status. */
export function challengeOfHeaders(header: (name: string) => string | undefined): RejectedInput | undefined {
  if (header('cf-mitigated') === 'challenge') return challenge('Cloudflare');
  return /^(?:challenge|captcha)$/.test(header('x-amzn-waf-action') ?? '') ? challenge('AWS WAF') : undefined;
}

/** @param body of an answer with one of `challengeStatuses` */
export function challengeOfBody(body: string): RejectedInput | undefined {
  const [who] = markup.find(([, mark]) => mark.test(body)) ?? [];
  return who === undefined ? undefined : challenge(who);
}

function challenge(who: string): RejectedInput {
  return new RejectedInput(
    'challenge_page',
    `it answers with a check for robots (${who}), which is for a person to pass; ` +
      'where the site is your own or you write there, ask it for the official export of your data and ingest that',
  );
}
