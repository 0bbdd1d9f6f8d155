import { findElements, lineOf } from '../dom.ts';
import { anyOf, type DoubtfulPage } from './doubtful-page.ts';

/** Letters below which nothing is a text. */
export const emptyPage = 25;

const notFound =
  "(?:(?:the |this |requested )?(?:page|url|post|story|article|document) (?:was |is |could |can |can)?(?:not|n[’']t) ?(?:be )?(?:found|available)|(?:page |document )?not found|(?:die )?seite (?:wurde )?(?:leider )?nicht gefunden|nicht gefunden|page (?:non trouvée|introuvable)|(?:la )?página no (?:encontrada|existe)|no encontrad[oa]|pagina non trovata|pagina niet gevonden|página não encontrada)";
const serverError =
  '(?:(?:internal )?server error|bad gateway|gateway time-?out|service (?:temporarily )?unavailable|bad request|access denied|forbidden|unauthorized|site maintenance|under maintenance|(?:technischer |interner )?(?:server)?fehler|erreur (?:interne )?(?:du )?serveur|error (?:interno )?del servidor|something went wrong|application error)';
const status = '(?:(?:http )?(?:error|fehler|erreur)?[ :#-]*(?:40[0134]|410|451|50[0-4]|52\\d)(?: error| fehler)?)';
const end = '[\\s!.…]*(?:$|[|–—·:-])';
/** All of the title, or all of it but the name of the site before or after. */
const errorTitle = new RegExp(
  `(?:^|[|–—·:-])\\s*(?:${status}(?:[\\s|:,–—-]+(?:${notFound}|${serverError}|oops.{0,20}))?|(?:oops!? *[–—-]? *|sorry,? )?(?:${notFound}|${serverError}))${end}`,
  'iu',
);
const errorText = anyOf(
  /^[\s#*]*(?:application error: a (?:client|server)-side exception|error establishing a database connection|whoops, (?:looks like )?something went wrong|(?:oops|sorry)[!,.]? (?:something went wrong|an error (?:has )?occurred|(?:this|that|the) page (?:isn['’]t|is not|doesn['’]t|does not|can['’]t|could not))|an? (?:unexpected |internal |unknown )?error (?:has )?occurred|(?:this|the) (?:page|account|site|blog|story) (?:you (?:are|were|['’]re) looking for )?(?:isn['’]t available|is not available|doesn['’]t exist|does not exist|no longer exists|has been (?:removed|deleted|suspended))|there (?:was|has been) (?:a|an) (?:critical )?error)/u,
  /^[\s#*]*(?:(?:es ist )?ein (?:unerwarteter |interner )?fehler (?:ist )?aufgetreten|diese seite (?:existiert nicht|ist nicht (?:mehr )?(?:verfügbar|vorhanden))|une erreur (?:s['’]est produite|est survenue)|cette page n['’](?:existe|est) (?:pas|plus)|(?:se|ha) (?:ha )?(?:producido|ocurrido) un error|esta página no (?:existe|está disponible)|si è verificato un errore)/u,
);

export function isErrorPage({ size, title, heading, text }: DoubtfulPage): boolean {
  if (size >= 600) return false;
  if (errorTitle.test(title) || (heading !== '' && errorTitle.test(heading))) return true;
  return size < 400 && (errorText.test(text) || errorText.test(heading));
}

const javascriptText = anyOf(
  /(?:enable|turn on|activate|requires?|needs?|without|have) java ?script|java ?script (?:is|must be|has been|seems to be|appears to be) (?:required|disabled|enabled|turned off|not (?:available|enabled|supported))/u,
  /java ?script (?:ist (?:deaktiviert|erforderlich|nicht aktiviert)|muss (?:aktiviert|eingeschaltet)|(?:aktivieren|einschalten))|aktivieren sie (?:bitte )?java ?script/u,
  /(?:activez|activer) (?:le )?java ?script|java ?script (?:est|doit être) (?:désactivé|requis|activé)/u,
  /(?:habilit[ae]|activ[ae]|activar|habilitar) (?:el )?java ?script|java ?script (?:está|debe estar) (?:desactivado|deshabilitado|activado|habilitado)/u,
);

/** @returns whether the page says that it needs scripts; what stands in `noscript` is part of what a reader without them sees */
export function needsJavascript({ root, size, title, heading, text }: DoubtfulPage): boolean {
  if (size >= 400) return false;
  if (size < emptyPage * 4) {
    const noscripts = findElements(root, ({ name }) => name === 'noscript');
    if (noscripts.some((element) => javascriptText.test(lineOf(element).slice(0, 2_000)))) return true;
  }
  return javascriptText.test(size < 200 ? text : `${title}\n${heading}\n${text.trimStart().slice(0, 150)}`);
}
