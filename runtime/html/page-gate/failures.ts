import { findElements, lineOf } from '../dom.ts';
import { anyOf, type DoubtfulPage, sizeOf } from './doubtful-page.ts';

/** Letters below which nothing is a text. */
export const emptyPage = 25;

const notFound =
  "(?:(?:the |this |requested )?(?:page|url|post|story|article|document) (?:was |is |could |can |can)?(?:not|n[’']t) ?(?:be )?(?:found|available)|(?:page |document )?not found|(?:die )?seite (?:wurde )?(?:leider )?nicht gefunden|nicht gefunden|page (?:non trouvée|introuvable)|(?:la )?página no (?:encontrada|existe)|no encontrad[oa]|pagina non trovata|pagina niet gevonden|página não encontrada)";
const serverError =
  '(?:(?:internal )?server error|bad gateway|gateway time-?out|service (?:temporarily )?unavailable|bad request|access denied|forbidden|unauthorized|(?:technischer |interner )?(?:server)?fehler|erreur (?:interne )?(?:du )?serveur|error (?:interno )?del servidor|something went wrong|application error)';
const maintenance =
  '(?:(?:down|offline|closed) for (?:\\w+ )?maintenance|(?:site|scheduled|planned|under|undergoing) (?:scheduled |planned )?maintenance|maintenance mode|wartungs(?:arbeiten|modus)|(?:site )?en maintenance|(?:sitio )?en mantenimiento|(?:sito )?in manutenzione)';
const status = '(?:(?:http )?(?:error|fehler|erreur)?[ :#-]*(?:40[0134]|410|451|50[0-4]|52\\d)(?: error| fehler)?)';
const end = '[\\s!.…]*(?:$|[|–—·:-])';
/** All of the title, or all of it but the name of the site before or after. */
const errorTitle = new RegExp(
  `(?:^|[|–—·:-])\\s*(?:${status}(?:[\\s|:,–—-]+(?:${notFound}|${serverError}|${maintenance}|oops.{0,20}))?|(?:oops!? *[–—-]? *|sorry,? )?(?:${notFound}|${serverError}|${maintenance}))${end}`,
  'iu',
);
const errorText = anyOf(
  /^[\s#*]*(?:application error: a (?:client|server)-side exception|error establishing a database connection|whoops, (?:looks like )?something went wrong|(?:oops|sorry)[!,.]? (?:something went wrong|an error (?:has )?occurred|(?:this|that|the) page (?:isn['’]t|is not|doesn['’]t|does not|can['’]t|could not))|an? (?:unexpected |internal |unknown )?error (?:has )?occurred|(?:this|the) (?:page|account|site|blog|story) (?:you (?:are|were|['’]re) looking for )?(?:isn['’]t available|is not available|doesn['’]t exist|does not exist|no longer exists|has been (?:removed|deleted|suspended))|it (?:looks|seems) like nothing was found|there (?:was|has been) (?:a|an) (?:critical )?error)/u,
  /^[\s#*]*(?:(?:es ist )?ein (?:unerwarteter |interner )?fehler (?:ist )?aufgetreten|diese seite (?:existiert nicht|ist nicht (?:mehr )?(?:verfügbar|vorhanden))|une erreur (?:s['’]est produite|est survenue)|cette page n['’](?:existe|est) (?:pas|plus)|(?:se|ha) (?:ha )?(?:producido|ocurrido) un error|esta página no (?:existe|está disponible)|si è verificato un errore)/u,
);

/** What error pages say and texts with such a title hardly do. */
const errorWords = new RegExp(
  `${notFound}|${errorText.source}|${
    anyOf(
      /(?:nothing|not|n['’]t be) found|(?:could|can)(?: ?not|n['’]t) (?:be )?(?:find|found|reached)|(?:not|n['’]t|no longer) exists?\b|(?:has|have) been (?:re)?moved|you (?:are|were|['’]re) looking for|permission to (?:access|view)|(?:server|request|connection) (?:error|failed|timed out)|please try again|try again (?:later|in)/u,
      /nicht (?:gefunden|finden)|existiert nicht|n['’]existe (?:pas|plus)|introuvable|no (?:existe|encontrad[oa])|non (?:esiste|trovata)/u,
    ).source
  }`,
  'iu',
);
/** A heading that nobody would give a text: neither a number alone nor words that are a good title as well. */
const errorHeading = new RegExp(
  `^\\s*(?:oops!? *[–—-]? *|sorry,? )?(?:${status}[\\s:,–—-]+(?:${notFound}|${serverError}|oops.{0,20})|(?:http )?error ${status}|${notFound}|(?:internal )?server error|bad gateway|gateway time-?out)[\\s!.…]*$`,
  'iu',
);
const ownMaintenance = anyOf(
  /\bwe(?:['’]re| are) (?:currently |now )?(?:(?:performing|carrying out|undergoing) (?:some )?(?:scheduled|planned|routine|essential|site|server|website)? ?maintenance|(?:down|offline|closed) for (?:\w+ )?maintenance)/u,
  /\b(?:site|website|page|blog|service) is (?:currently |temporarily |now )?(?:(?:down|offline|closed|unavailable) (?:for|due to)|under(?:going)?|in) (?:\w+ )?maintenance/u,
);
/** What stands at the address of a site that nobody keeps any longer. */
const parkedDomain = anyOf(
  /^[\s#*]*(?:(?:this|the) domain(?: name)?(?: \S{1,80})?|\S{1,80}\.[a-z]{2,24}) (?:is|may be|might be) (?:for sale|parked|available for (?:sale|purchase))/u,
  /^[\s#*]*(?:buy this domain|(?:this )?domain (?:is )?(?:parked|for sale)|parked domain|diese domain (?:steht zum verkauf|ist zu verkaufen)|ce (?:nom de )?domaine est à vendre|este dominio está (?:en|a la) venta|questo dominio è in vendita)/u,
);
/** So little that a title is enough to tell what it is. */
const fewWords = 200;

/**
 * Texts have titles like “Log: 403” and “Forbidden”, too. So the title of a page with more than a few words is believed
 * only when the page goes on like an error.
 */
export function isErrorPage({ size, title, heading, text }: DoubtfulPage): boolean {
  if (size >= 600) return false;
  if (errorHeading.test(heading)) return true;
  const firstLine = text.trimStart().slice(0, 300).split('\n', 1)[0] ?? '';
  const heads = [title, title === '' && heading === '' ? firstLine : heading];
  const isShort = size < fewWords;
  if (heads.some((head) => errorTitle.test(head))) {
    if (isShort || errorWords.test(heading === '' ? text : text.replace(heading, ''))) return true;
  }
  if (isShort && ownMaintenance.test(text)) return true;
  const said = [...heads, ...(isShort ? text.split('\n') : [text])];
  return size < 400 && said.some((words) => errorText.test(words) || parkedDomain.test(words));
}

const copyright = /(?:©|\(c\)|copyright|all rights reserved|powered by)[^\n]*/gi;
const longestMenuLabel = 30;
const leastMenuLabels = 3;
const mostMenuLabels = 100;
const longestMenu = 4_000;

/** @returns whether nothing but what leads elsewhere is left of it: a short text of one's own has a sentence besides */
export function isOnlyNavigation({ size, text, title, heading, labels }: DoubtfulPage): boolean {
  if (size >= 400 || text.length > longestMenu) return false;
  const short = labels.split('\n').filter((label) => label !== '' && label.length <= longestMenuLabel);
  const menu = new Set(short.slice(0, mostMenuLabels));
  if (menu.size < leastMenuLabels) return false;
  const longestFirst = [...menu].sort((one, other) => other.length - one.length);
  const lines = text.replace(copyright, '').split('\n');
  const own = lines.filter((line) => line.trim() !== heading && line.trim() !== title);
  const besides = own.filter((line) => sizeOf(without(line, longestFirst)) > 0);
  return besides.length < own.length && sizeOf(besides.join('\n')) < emptyPage;
}

function without(line: string, labels: readonly string[]): string {
  return labels.reduce((rest, label) => rest.replaceAll(label, ' '), line);
}

const javascriptText = anyOf(
  /(?:enable|turn on|activate|requires?|needs?|without|have) java ?script|java ?script (?:is|must be|has been|seems to be|appears to be) (?:required|disabled|enabled|turned off|not (?:available|enabled|supported))/u,
  /java ?script (?:ist (?:deaktiviert|erforderlich|nicht aktiviert)|muss (?:aktiviert|eingeschaltet)|(?:aktivieren|einschalten))|aktivieren sie (?:bitte )?java ?script/u,
  /(?:activez|activer) (?:le )?java ?script|java ?script (?:est|doit être) (?:désactivé|requis|activé)/u,
  /(?:habilit[ae]|activ[ae]|activar|habilitar) (?:el )?java ?script|java ?script (?:está|debe estar) (?:desactivado|deshabilitado|activado|habilitado)/u,
);

/** @returns whether the page says that it needs scripts; what stands in `noscript` is part of what a reader without them sees */
export function needsJavascript({ html, root, size, title, heading, text }: DoubtfulPage): boolean {
  // Text that is not of a page has no scripts to run.
  if (html === '' || size >= 400) return false;
  if (size < emptyPage * 4) {
    const noscripts = findElements(root, ({ name }) => name === 'noscript');
    if (noscripts.some((element) => javascriptText.test(lineOf(element).slice(0, 2_000)))) return true;
  }
  return javascriptText.test(size < 200 ? text : `${title}\n${heading}\n${text.trimStart().slice(0, 150)}`);
}
