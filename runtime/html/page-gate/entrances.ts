import { findElement } from '../dom.ts';
import { anyOf, type DoubtfulPage, isInMargin } from './doubtful-page.ts';

/** A title that says nothing else, but for the name of the site. */
const loginTitle = anyOf(
  /^\s*(?:\p{L}+ )?(?:log ?in|sign ?in|log ?on)(?:,? (?:or )?(?:sign ?(?:in|up)|join|register))?(?: to (?:\S+ ?){1,3}| required)?\s*(?:$|[|–—·:-])/u,
  /^\s*(?:sign up|join linkedin|authwall|security verification|login required|account login|members? (?:log ?in|only|area))\s*(?:$|[|–—·:-])/u,
  /^\s*(?:anmelden|anmeldung|einloggen|bitte (?:anmelden|einloggen)|mitglieder-?login)\s*(?:$|[|–—·:-])/u,
  /^\s*(?:connexion|se connecter|identification|connectez-vous)\s*(?:$|[|–—·:-])/u,
  /^\s*(?:iniciar sesión|inicia sesión|acceso (?:a )?(?:usuarios|socios)|identifícate|accedi|entrar|inloggen)\s*(?:$|[|–—·:-])/u,
);
const loginText = anyOf(
  /(?:log|sign) ?in to (?:continue|view|read|see|access)|you (?:must|need to|have to) (?:be (?:logged|signed)|(?:log|sign)) ?in|please (?:log|sign) in|(?:log|sign) ?in (?:or|and) (?:sign up|register|create an account)|(?:only|restricted to) logged[- ]in users/u,
  /(?:bitte )?(?:melden sie sich|melde dich|loggen sie sich|logge dich)(?: bitte)? (?:an|ein)\b|sie müssen (?:sich (?:anmelden|einloggen)|angemeldet|eingeloggt)|du musst (?:dich (?:anmelden|einloggen)|angemeldet|eingeloggt)/u,
  /(?:veuillez vous connecter|connectez-vous (?:pour|afin|à votre)|identifiez-vous|vous devez (?:être connecté|vous connecter))/u,
  /(?:inicia|inicie) sesión (?:para|en tu|en su)|debes? (?:iniciar sesión|estar (?:registrado|identificado|conectado))|debe (?:iniciar sesión|estar registrado)/u,
  /(?:devi|è necessario) (?:effettuare (?:il|l['’]) ?(?:login|accesso)|accedere)|(?:log in|meld u aan) om (?:verder|door)/u,
);
/** A text that begins a sentence with the wish has it; one that has it in the middle may tell of it. */
const loginSentence = new RegExp(`(?:^|[.!?:\\n]\\s*)(?:${loginText.source})`, 'iu');
const loginPath =
  /\/(?:log-?in|sign-?in|authwall|uas\/login|checkpoint|wp-login\.php|accounts\/login|auth\/login)(?:\/|$)/i;

/** @returns whether a form to log in with, or the wish that one does, is all that is shown */
export function isLogin({ root, url, size, title, heading, text }: DoubtfulPage): boolean {
  if (loginTitle.test(title)) return true;
  if (size >= 600) return false;
  if (loginText.test(`${title}\n${heading}`) || (size < 250 && loginSentence.test(text))) return true;
  const password = findElement(
    root,
    ({ name, attributes }) => name === 'input' && attributes.get('type')?.toLowerCase() === 'password',
  );
  if (password !== undefined && (!isInMargin(password) || loginText.test(text))) return true;
  return loginPath.test(url.pathname) && (password !== undefined || loginText.test(text));
}

const consentHost = /^(?:consent|guce|cmp)\.|^privacy-?(?:gate|wall)\./i;
const consentTopic = anyOf(
  /\bcookies?\b|your privacy|privacy (?:policy|choices|settings)|personal(?:i[sz]ed)? (?:data|ads|content|advertis)|consent|our (?:\d+ )?partners|advertising|vendors/u,
  /einwillig|zustimm|datenschutz|personalisierte|personenbezogen|werbung|tracking|partner\b/u,
  /consentement|vie privée|données (?:personnelles|à caractère)|publicités?|traceurs|nos (?:\d+ )?partenaires|confidentialité/u,
  /consentimiento|privacidad|datos personales|publicidad|nuestros (?:\d+ )?socios|consenso|dati personali|pubblicità|privacy|toestemming/u,
);
const consentButton = anyOf(
  /(?:^|\n)\s*(?:(?:yes,? )?(?:i )?(?:accept|agree|allow|consent)(?: (?:all|and (?:continue|close|proceed)|to all|cookies|all cookies))?|accept .{0,20}cookies|got it|reject all|manage (?:options|settings|preferences))\s*(?=$|\n)/u,
  /(?:^|\n)\s*(?:alle[ns]? (?:cookies )?(?:akzeptieren|annehmen|zulassen|zustimmen|ablehnen)|akzeptieren(?: und weiter(?:lesen)?)?|zustimmen(?: und weiter(?:lesen)?)?|einverstanden|ich stimme zu|mit werbung (?:weiterlesen|fortfahren|nutzen)|weiter(?:lesen)? mit werbung)\s*(?=$|\n)/u,
  /(?:^|\n)\s*(?:tout accepter|accepter(?: (?:tout|et (?:continuer|fermer)))?|j['’]accepte|tout refuser|continuer sans accepter|paramétrer les cookies)\s*(?=$|\n)/u,
  /(?:^|\n)\s*(?:aceptar(?: (?:todo|todas|y (?:continuar|cerrar)|cookies|todas las cookies))?|acepto|rechazar (?:todo|todas)|accetta(?: tutto| e continua)?|accetto|alles accepteren|akkoord|aceitar(?: tudo)?)\s*(?=$|\n)/u,
);
const beforeYouGoOn = anyOf(
  /before you (?:continue|go on|proceed)|we (?:value|respect|care about) your privacy|your privacy (?:matters|choices|is important)/u,
  /bevor (?:sie|du) (?:fortfahren|fortfährst|weiter)|(?:ihre|deine) privatsphäre|mit werbung (?:weiter|lesen|nutzen)|werbefrei/u,
  /avant de (?:continuer|poursuivre)|(?:nous respectons )?votre vie privée|le respect de votre vie privée/u,
  /antes de continuar|(?:tu|su) privacidad|prima di continuare|la tua privacy|voordat (?:je|u) verdergaat/u,
);

/** @returns whether the wish for consent stands where the text should be; a banner above a text is none */
export function isConsentWall({ url, labels, title, heading, text }: DoubtfulPage): boolean {
  if (consentHost.test(url.hostname)) return true;
  if (!consentButton.test(labels)) return false;
  const lines = text.split(/\n+|(?<=[.!?])\s+/).filter((line) => /\p{L}/u.test(line));
  const letters = (some: readonly string[]): number => some.join('').length;
  const about = letters(lines.filter((line) => consentTopic.test(line) || consentButton.test(line)));
  const share = about / Math.max(1, letters(lines));
  return share > (beforeYouGoOn.test(`${title}\n${heading}\n${text}`) ? 0.5 : 0.8);
}
