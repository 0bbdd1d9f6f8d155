import { type Element, findElement, findElements, isLargerThan, lineOf, signature } from '../dom.ts';
import { parseHtml } from '../parse.ts';
import { type StructuredArticle, structuredArticle } from '../structured-data.ts';
import { anyOf, sizeOf } from './doubtful-page.ts';

/** What is known of a page from elsewhere than its text. */
export interface PageFacts {
  /** How many words the whole text has, by its platform's own count. */
  readonly words?: number | undefined;
  /** The platform says that this reader is shown a part only. */
  readonly paywalled?: boolean | undefined;
}

/** Sentences that stand where the rest of a text should be, and hardly anywhere else. */
const wallText = anyOf(
  /(?:subscribe|sign (?:up|in)|register|log ?in|become a [^.!?\n]{0,20}(?:member|subscriber)|upgrade|join|create an? [^.!?\n]{0,20}account|start your [^.!?\n]{0,20}trial)[^.!?\n]{0,40}\bto (?:continue|keep|finish|resume) reading/u,
  /(?:subscribe|upgrade|become a [^.!?\n]{0,20}(?:member|subscriber)|join [^.!?\n]{0,20}|create an? [^.!?\n]{0,20}account|sign up)[^.!?\n]{0,20} to (?:read|unlock|access|view|see) (?:the (?:full|rest|entire|whole|complete)|this (?:full |entire |complete )?(?:story|article|post|essay|issue)|it all|everything)/u,
  /(?:^|>)(?:subscribe|register|sign in|log in) to (?:read|unlock)(?: this article)?\s*(?:$|[|–—<-])/u,
  /\bth(?:is|e rest of this|e full) (?:post|article|story|content|essay|issue|episode|page) is (?:only |exclusively |reserved )*(?:for|available (?:only )?(?:to|for)|limited to|locked for) (?:our )?(?:\S+ ){0,3}(?:subscribers|members|patrons|supporters)/u,
  /read the (?:full|rest of (?:this|the)) (?:story|article|post) with a [^.!?\n]{0,20}(?:account|subscription|trial|membership)|(?:keep|continue) reading (?:this (?:post|article) )?(?:with|for free with) a [^.!?\n]{0,20}(?:trial|subscription|account)/u,
  /made this story available to (?:medium )?members only|you(?:['’]ve| have) (?:reached|read|used)(?: up)? (?:all |the last of |the limit of )?your (?:last |monthly |\S+ ){0,2}(?:free )?(?:article|stor(?:y|ies)|limit)|(?:article|story|post)s? (?:is|are) for subscribers only|subscribers?-only (?:content|article)/u,
  /(?:diese[rmns]?|de[rmn]|das) (?:ganze[nr]? |vollständige[nr]? |komplette[nr]? )?(?:artikel|text|beitrag|inhalt)[^.!?\n]{0,40}(?:nur |exklusiv |ausschließlich )(?:für|mit)[^.!?\n]{0,30}(?:abo|plus|mitglied|digital)|(?:exklusiv|nur|ausschließlich) für (?:\S+ )?(?:abonnent|abonnierende|mitglieder\b|plus-)|(?:jetzt|mit [^.!?\n]{0,30}(?:abo|plus)\S*) (?:\S+ )?weiterlesen|(?:sie möchten|möchten sie) weiterlesen|(?:abonnieren|registrieren|anmelden)[^.!?\n]{0,30}(?:um )?weiter ?zu ?lesen|weiterlesen mit [^.!?\n]{0,20}(?:abo|\+|plus)/u,
  /(?:cet article|ce contenu|cette page|la suite)[^.!?\n]{0,40}(?:est )?réservée?s? (?:à|aux)[^.!?\n]{0,20}(?:abonné|membres)|il vous reste [\d.,\s]+% de cet article|(?:abonnez-vous|inscrivez-vous|connectez-vous|identifiez-vous)[^.!?\n]{0,30}pour (?:lire|continuer|poursuivre|accéder)|pour lire la suite(?: de cet article)?,? (?:abonnez|connectez|inscrivez)/u,
  /(?:contenido|artículo|noticia|texto)[^.!?\n]{0,20}(?:exclusiv[oa]|solo|sólo|reservad[oa])[^.!?\n]{0,20}(?:para|a) (?:\S+ )?(?:suscriptor|socio|abonad)|(?:suscríbe(?:te|se)|regístre(?:te|se)|regístrate|inicia sesión|hazte soci[oa])[^.!?\n]{0,30}para (?:seguir|continuar|poder) leyendo|(?:suscríbete|suscríbase)[^.!?\n]{0,30}para (?:leer|acceder)/u,
  /(?:contenuto|articolo)[^.!?\n]{0,20}(?:riservato|solo)[^.!?\n]{0,20}abbonat|abbonati[^.!?\n]{0,30}per (?:continuare|leggere)|conteúdo exclusivo para assinantes|assine para continuar lendo|(?:abonneer|word lid)[^.!?\n]{0,30}om (?:verder|door) te lezen|dit artikel is (?:alleen|exclusief) voor/u,
);
const paywallClass =
  /pay-?wall|regwall|subscriber-?wall|gh-post-upgrade|post-upgrade-cta|piano-offer|tp-container-inner|meter(?:ed)?-?(?:wall|paywall)/;
/** Without any of these words there is no such sentence: looking for them costs next to nothing. */
const keywords =
  /isAccessibleForFree|wordCount|pay-?wall|regwall|subscriber|post-upgrade|piano-offer|tp-container|meter|reading|to (?:read|unlock|access|view|see) |read the |members|patrons|supporters|limit|weiterlesen|weiter ?zu ?lesen|abo|réserv|il vous reste|pour (?:lire|continuer|poursuivre|accéder)|suscri|leyendo|para leer|socio|assin|lezen|dit artikel/i;
/** What makes it worth looking closer. */
const suspicion = new RegExp(`isAccessibleForFree|wordCount|${paywallClass.source}|${wallText.source}`, 'iu');

/** Below this, in letters, a text that says it is not all of it is believed. */
const longPreview = 2_500;
const shortPreview = 900;
const longestWall = 600;

export type Shortage = 'paywall_stub' | 'incomplete_text';

/** @returns why a text is only a part of what there is, if it is */
export function shortageOf(html: string, text: string, facts: PageFacts): Shortage | undefined {
  if (facts.paywalled === true) return 'paywall_stub';
  if (facts.words === undefined && !(keywords.test(html) && suspicion.test(html))) return undefined;
  const root = parseHtml(html);
  const stated = structuredArticle(
    findElements(root, ({ name, attributes }) => name === 'script' && /ld\+json/i.test(attributes.get('type') ?? '')),
  );
  const isShort = isShortOf(text, facts, stated);
  const size = sizeOf(text);
  if (stated.isFree === false && (isShort || size < shortPreview)) return 'paywall_stub';
  const wall = wallOf(root, text);
  if (wall !== undefined && (stated.isFree === false || isShort || wall.isMarked || size < longPreview)) {
    return 'paywall_stub';
  }
  return isShort ? 'incomplete_text' : undefined;
}

/** The counts of platforms are near the truth; those that pages give of themselves often count something else as well. */
function isShortOf(text: string, facts: PageFacts, stated: StructuredArticle): boolean {
  const words = text.match(/[\p{L}\p{N}](?:[\p{L}\p{N}'’-]*)/gu)?.length ?? 0;
  // Where words are not set apart, nobody knows what a count of them says.
  if (/[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Khmer}\p{sc=Lao}]/u.test(text.slice(0, 2_000)))
    return false;
  if (facts.words !== undefined) return facts.words >= 80 && words < facts.words * 0.6;
  return stated.words !== undefined && stated.words >= 200 && words < stated.words * 0.3;
}

/**
 * The block that asks for money or an account where the text ends: one that says so in few words, and is neither in the
 * middle of the text nor hidden.
 */
function wallOf(root: Element, text: string): { readonly isMarked: boolean } | undefined {
  const shown = text.replace(/\s+/g, ' ');
  let found: { readonly isMarked: boolean } | undefined;
  let looked = 0;
  findElement(root, (element) => {
    if (!blocks.has(element.name) || isLargerThan(element, 2 * longestWall)) return false;
    const line = lineOf(element).slice(0, longestWall + 1);
    const match = line === '' || line.length > longestWall ? undefined : wallText.exec(line)?.[0];
    if (match === undefined) return false;
    looked += 1;
    if (!isHidden(element) && !isInside(shown, match)) found = { isMarked: isMarked(element) };
    return found?.isMarked === true || looked >= mostWalls;
  });
  return found;
}

/** Pages have a few such sentences, in elements inside of each other. */
const mostWalls = 50;
const blocks: ReadonlySet<string> = new Set('p div section aside h1 h2 h3 h4 span a button strong title'.split(' '));

function isHidden(element: Element): boolean {
  for (let current: Element | undefined = element; current; current = current.parent) {
    if (/^(?:template|noscript|script|style|dialog)$/.test(current.name) || current.attributes.has('hidden'))
      return true;
    if (current.attributes.get('aria-hidden') === 'true') return true;
    if (/display:\s*none|visibility:\s*hidden/i.test(current.attributes.get('style') ?? '')) return true;
  }
  return false;
}

function isMarked(element: Element): boolean {
  for (let current: Element | undefined = element; current; current = current.parent) {
    if (paywallClass.test(signature(current)) || /paywall/i.test(current.attributes.get('data-testid') ?? ''))
      return true;
  }
  return false;
}

/** What is written in the middle of a text is what it is about. */
function isInside(text: string, match: string): boolean {
  const at = text.indexOf(match);
  return at !== -1 && sizeOf(text.slice(at + match.length)) > 400;
}
