import { type Element, findElement } from '../dom.ts';
import { anyOf, type DoubtfulPage, isInMargin } from './doubtful-page.ts';

const challengeMarkup = anyOf(
  // Cloudflare
  /window\._cf_chl_opt|id="cf-(?:challenge-running|error-details|wrapper)"|class="cf-(?:browser-verification|captcha-container)|\/cdn-cgi\/challenge-platform\/h\//u,
  // Imperva, DataDome, HUMAN, AWS, Akamai, Kasada, F5
  /_Incapsula_Resource|captcha-delivery\.com|id="px-captcha"|window\._pxAppId|awswaf\.com\/[^"]{0,200}challenge\.js|_abck[^"]{0,40}sec_cpt|\/_sec\/cp_challenge\/|ips\.js\?KP_UIDz|\/TSPD\/[0-9a-f]/u,
  // Sucuri, DDoS-Guard, Anubis, Vercel, SiteGround, StackPath
  /sucuri_cloudproxy_js|\/\.well-known\/ddos-guard\/|id="anubis_challenge"|\/\.within\.website\/x\/|x-vercel-challenge|\/\.well-known\/sgcaptcha|sbbdetect|stackpath\.com\/[^"]{0,100}challenge/u,
  /<title>\s*(?:Just a moment\.\.\.|Attention Required! \| Cloudflare|Access to this page has been denied|Pardon Our Interruption|Vercel Security Checkpoint|Making sure you(?:'|’|&#39;)re not a bot|DDoS-Guard|Client Challenge|Nur einen Moment|Un instant|Un momento)/u,
);
const challengeText = anyOf(
  /checking (?:if the site connection is secure|your browser before)|verify(?:ing)? (?:that )?you(?:['’]re| are) (?:a )?(?:not a (?:ro)?bot|human)|(?:are|confirm|prove) you(?: are|['’]re)? (?:not )?a (?:robot|human|person)\b|press (?:&|and) hold to confirm|complete the (?:security check|captcha)|unusual (?:traffic|activity) from your|ddos protection by|performing security verification|making sure you(?:['’]re| are) not a bot|access denied[\s\S]{0,200}reference #/u,
  /(?:überprüf|prüf)(?:en|t) (?:ob|, ob|die sicherheit) [^.\n]{0,40}(?:verbindung|mensch)|bestätigen sie, dass sie (?:ein mensch|kein roboter) sind|ungewöhnliche(?:n)? (?:datenverkehr|aktivität)/u,
  /vérifi(?:er|ez|ons) que vous (?:êtes (?:un )?(?:être )?humain|n['’]êtes pas un robot)|vérification de (?:la sécurité de )?(?:votre|la) (?:navigateur|connexion)|trafic (?:inhabituel|exceptionnel)/u,
  /(?:verific(?:a|ar|ando|amos)|confirma) que (?:eres|es|usted es) (?:un )?(?:ser )?human[oa]|comprobando (?:si la conexión|su navegador|tu navegador)|tráfico inusual/u,
);

/** @returns whether a check for robots is shown instead of the page */
export function isChallenge({ html, title, heading, text }: DoubtfulPage): boolean {
  return challengeMarkup.test(html) || challengeText.test(`${title}\n${heading}\n${text}`);
}

const captchaWidget =
  /\b(?:g-recaptcha|h-captcha|cf-turnstile|frc-captcha|geetest_\w+|funcaptcha|arkose|mtcaptcha|captcha-(?:form|container|image|box|page))\b/;
const captchaText = anyOf(
  /(?:type|enter) the (?:characters|letters|text|numbers|words) (?:that )?(?:you see|shown|below|in the (?:image|picture))|solve (?:the|this) (?:captcha|puzzle)|i(?:['’]m| am) not a robot|captcha (?:required|verification|check)/u,
  /ich bin kein roboter|(?:geben sie|gib) die (?:zeichen|buchstaben)|captcha (?:lösen|eingeben)/u,
  /je ne suis pas un robot|(?:saisissez|entrez|tapez) les (?:caractères|lettres)/u,
  /no soy un robot|(?:introduc[ea]|escrib[ae]) (?:los caracteres|las letras)|non sono un robot|não sou um robô/u,
);

/** @returns whether a puzzle is all that is shown. Forms for comments and messages have puzzles, too. */
export function isCaptcha({ root, size, text, title, heading }: DoubtfulPage): boolean {
  if (size < 600 && captchaText.test(`${title}\n${heading}\n${text}`)) return true;
  if (size >= 250) return false;
  if (/^\W*captcha\b/i.test(title)) return true;
  const widget = findElement(root, ({ attributes }) => {
    return captchaWidget.test(`${attributes.get('class') ?? ''} ${attributes.get('id') ?? ''}`.toLowerCase());
  });
  return widget !== undefined && !isInMargin(widget) && !isInMessageForm(widget);
}

function isInMessageForm(element: Element): boolean {
  for (let current = element.parent; current; current = current.parent) {
    if (current.name === 'form') return findElement(current, ({ name }) => name === 'textarea') !== undefined;
  }
  return false;
}

const tooMany = anyOf(
  /too many requests|rate limit(?:ed| exceeded)|429(?=[!.]?\s*(?:$|[|–—·:-]|error|client))|you (?:are being|have been) rate limited|you(?:['’]ve| have) (?:exceeded|hit|reached) (?:the|your|our) (?:rate|request) limit|error 1015/u,
  /zu viele anfragen|trop de requêtes|demasiadas (?:solicitudes|peticiones)|troppe richieste|te veel verzoeken|muitas solicitações/u,
);
const startsTooMany = new RegExp(`^[\\s#*]*(?:http )?(?:error )?(?:${tooMany.source})`, 'iu');

/** What such a page goes on with, if it does. */
const comeBackLater = anyOf(
  /(?:try|come|check) (?:again|back)|slow(?:ing)? down|wait (?:a|for|\d)|retry|requests? from (?:your|this)|a few (?:seconds|minutes)/u,
  /später|erneut|réessaye|plus tard|más tarde|intént|più tardi|later opnieuw|mais tarde/u,
);

/** Texts may begin with “429”, too: what has more than a few words must go on like such a page. */
export function isRateLimited({ size, title, heading, text }: DoubtfulPage): boolean {
  if (size < 200) return [title, heading, text].some((line) => startsTooMany.test(line));
  return size < 600 && [title, heading].some((line) => startsTooMany.test(line)) && comeBackLater.test(text);
}
