import type { Element } from './dom.ts';
import type { TextWeights } from './text-weight.ts';

const neverContent: ReadonlySet<string> = new Set(
  'script style template noscript svg iframe object embed canvas audio video select textarea button map nav dialog frameset applet'.split(
    ' ',
  ),
);

const neverContentRole =
  /^(?:navigation|banner|contentinfo|search|dialog|alertdialog|menu|menubar|toolbar|tablist|complementary)$/;

const invisibleStyle = /(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)/i;
const invisibleClass =
  /(?:^|\s)(?:sr-only|visually-?hidden|screen-?reader(?:-text|-only|s)?|assistive-text|a11y-hidden|u-hidden|is-hidden|off-?screen|d-none(?!.*\sd-(?:sm|md|lg|xl|xxl)-)|print-only|w-condition-invisible|skip-(?:link|to-content)|noprint|no-print|d-print-none)(?:$|\s)/;

/** Words that name what surrounds an article, as whole parts of a class name or id. */
const surroundings = new RegExp(
  `(?:^|[\\s_])(?:${[
    'comments?(?:-?(?:list|area|section|form|thread|box|count|wrapper|container))?|disqus(?:-thread)?|respond|replies|responses',
    'shar(?:e|ing)(?:-?(?:bar|buttons?|links?|icons?|tools?|this|widget|box|list|container|wrapper|block|post|article|menu|options))?|social(?:-?(?:share|sharing|links?|icons?|media|bar|buttons?|nav|follow|list))?|sharedaddy|addtoany|addthis|a2a-kit|follow-us',
    '(?:article-|post-|blog-|entry-|story-|page-|social-)share|(?:article-|post-|blog-)sharing',
    'related(?:-?(?:posts?|articles?|content|stories|links|items|topics|reading|news|products?|resources|list|entries|block|section|container|wrapper|blogs?))?|(?:post|article|blog|content)s?-related',
    'recommend(?:ed|ations?)(?:-?(?:posts?|articles?|content|reading|stories))?|recirc(?:ulation)?|more-(?:from|stories|posts|articles|like-this|news)|also-like|read-next|up-next|next-up|(?:prev|previous|next)-?(?:post|article|story)|(?:post|page|posts|entry)-?(?:nav|navigation|pagination|pager)|pagination|pager|most-(?:popular|read|viewed)|popular-posts|latest-(?:posts|news|articles)|recent-(?:posts|articles)|trending',
    'newsletter(?:-?(?:form|signup|sign-up|box|block|widget|wrapper|container|cta|banner|subscribe))?|subscribe(?:-?(?:form|box|widget|cta|block|banner|now))?|subscription(?:-widget(?:-wrap)?(?:-editor)?)?|sign-?up(?:-?(?:form|box))?|opt-?in(?:-?(?:form|box))?|mc-embed-signup|mailing-list|lead-(?:form|magnet)|hs-form|hubspot-form',
    'cookie(?:s|-?(?:banner|notice|consent|bar|law-info|policy))?|consent(?:-?(?:banner|manager))?|gdpr|onetrust[\\w-]*|cmplz[\\w-]*',
    'bread-?crumbs?(?:-?(?:nav|list|trail|container|wrapper))?|yoast-breadcrumbs?',
    'side-?bar(?:-?(?:inner|content|widgets?|wrapper|container|left|right|area|column|primary|secondary|main|section|block|item|nav|menu|ads?|cta|box|sticky))?|(?:left|right|page|main|primary|secondary|sticky|post|article|blog)-?sidebar|side-?nav|widget-?area|widget-?title|widgets?|rail|right-rail',
    'toc|table-?of-?contents?|ez-toc-[\\w-]+|toc-?(?:container|wrapper|list|box|widget|content)|on-this-page|(?:post|article|blog|page|sticky|content)-toc|in-this-(?:article|page|guide)|jump-(?:links|to|menu)|lwptoc[\\w-]*|rank-math-toc[\\w-]*',
    '(?:about-?(?:the-?)?)?author(?:-?(?:bio|box|info|card|profile|details|description|about|block|section|meta|name|image|avatar|wrapper|container|area|content|social|byline|list|link|thumb))?|authors|bio(?:-?box)?|abh-box|(?:post|article|entry|blog|single)-?author(?:-?\\w+)?|about-author|by-?line(?:s|-?\\w+)?|contributors?|guest-author',
    '(?:post|entry|article|page|blog|story|single|content)-?(?:meta|info|data|byline|date|dates|tags?|categor(?:y|ies)|footer|utility|actions|toolbar|tools|details|header-meta)(?:-?(?:bar|wrapper|container|list|data|info|top|bottom))?|meta-?(?:data|info|bar|wrapper|item|list)|posted-(?:on|by|in)|date-?line|publish(?:ed)?-?(?:date|on|info)|date-?published|last-?(?:updated|modified|reviewed)|reading-?time|read-?time|time-to-read|min-read|timestamp|pub-?date|updated-date',
    'ads?|advert(?:s|isement|isements|ising|orial)?|ad-?(?:slot|unit|container|wrapper|banner|block|label|space|placement|break|box)|adsbygoogle|google-ad|dfp|sponsor(?:ed|s|ship)?(?:-?(?:content|message|post))?|promo(?:-?(?:box|block|banner|unit|card))?|promoted|taboola[\\w-]*|outbrain[\\w-]*|affiliate-disclosure|affiliate-disclaimer|bucketwrap',
    'tags?-?(?:list|links|cloud|container|wrapper|block|items)?|cat-links|categories|category-list|topics-list|keywords',
    'log-?in(?:-?(?:form|box|modal|prompt))?|pay-?wall(?:-?[\\w-]+)?|reg-?wall|restricted-content[\\w-]*|subscriber-only-[\\w-]+|piano-[\\w-]+|gate(?:d-content)?|metering',
    'menu(?:-?(?:item|items|container|wrapper|main|toggle|list|button))?|nav(?:-?(?:bar|menu|links|list|item|wrapper|container|main))?|navigation|off-?canvas|hamburger|top-?bar|mast-?head|site-?(?:header|footer|nav|navigation|info|branding)|page-?footer|global-?(?:header|footer|nav)|footer(?:-?(?:wrapper|container|widgets?|nav|links|menu|content|top|bottom|area|section|inner|main))?|colophon|back-?to-?top|scroll-?to-?top|skip-?(?:nav|link|links)',
    'pop-?up(?:-?\\w+)?|modal(?:-?\\w+)?|light-?box|toast|tool-?tip(?:text|-content)?|snack-?bar|overlay|notification(?:s|-bar)?|announcement(?:-?bar)?|alert-bar|site-notice|exit-intent',
    'likes?|reactions?|claps?|votes?|rating-?(?:stars|widget|form)|post-?(?:views|ratings|stats)|feedback(?:-?(?:form|widget|section))?|was-this-helpful|article-feedback|print-?(?:button|link)|report-?(?:article|button)|copy-?(?:link|button)|text-to-speech|audio-?player|listen',
    'cta(?:-?(?:box|block|banner|section|wrapper|container|button|card|inline|bar|widget|content|text|form))?|call-?to-?action(?:-?\\w+)?|btn|button|product-?(?:card|promo|cta)|banner-(?:ad|cta|promo)|contact-form|wpcf7|gform-wrapper|search-?(?:form|box|bar|results|widget)',
    'mw-editsection|printfooter|catlinks|navbox|vertical-navbox|mw-jump-link|hatnote|noexcerpt|photo-credit|image-credit|img-credit',
  ].join('|')})(?=$|[\\s_])`,
);

/** Of these, the names of what may well be longer than the article. */
const longSurroundings =
  /(?:^|[\s_-])(?:comments?(?:-?(?:list|area|section|form|thread|box|container|wrapper))?|disqus(?:-thread)?|respond|replies|cookie(?:s|-?(?:banner|notice|consent|bar|law-info|policy))?|consent(?:-?(?:banner|manager))?|gdpr|onetrust[\w-]*|cmplz[\w-]*|modal|pop-?up|footer(?:-?(?:wrap|wrapper|container|inner))?)(?=$|[\s_])/;

/** Words that give an element away wherever they stand in one of its class names. */
const telling =
  /(?:^|[\s_-])(?<!(?:has|with|no|not|without|is|hide|show)-)(?:newsletter|cta|author-?(?:bio|box|card|info)|share-?(?:bar|buttons?|icons?|links?)|social-?(?:share|sharing|icons?|links?)|related-?(?:posts?|articles?|content|stories)|breadcrumbs?|sidebar|cookie|subscribe|advert(?:isement)?|popup|paywall|byline|side|promo|footer|recirculation|popover)(?:-(?:\w+-)?(?:wrap|wrapper|container|box|block|text|form|inner|section|banner|content|area|bar|row|cell|item|flex|modal|card|button|link|heading|title))*(?=$|[\s_])/;

/** Names of containers that content management systems put the body of an article in. */
const bodies =
  /(?:^|[\s_])(?:(?:article|post|entry|story|blog|blog-?post|news|page|single|main|rich-?text|wysiwyg|node|post-?page|cms|text|markdown|body|e|td-post|available|prose|notion-page|kg|gh|c-article|section|content-?block|single-?post|recipe|document|doc|docs|guide)-?(?:body|content|text|copy|main|full|rich-?text|detail)s?|article-?body-?(?:content|text|wrapper)?|article__body|body-?(?:text|copy|markup)|e-content|story-?text|markdown-body|rich-?text|w-richtext|wysiwyg|prose|mw-parser-output|post-single|hentry|postbody|article-text|field-name-body|field-body|caas-body|theme-doc-markdown|gh-content|main-content|content)(?=$|[\s_])/;

/** What an `aside` may be that belongs to the text. */
const callout =
  /(?:^|[\s_-])(?:note|tip|warning|info|caution|callout|admonition|hint|important|pull-?quote|key-?takeaways?|highlight)(?=$|[\s_-])/;

/** Class and id in parts: `RelatedPosts_list__x` reads `related-posts list x`. */
function namesOf(element: Element): string {
  const className = element.attributes.get('class');
  const id = element.attributes.get('id');
  if (id === undefined) return partsOf(className);
  return partsOf(className === undefined ? id : `${className} ${id}`);
}

/** Each name in lower case, its parts apart: camel case by `-`, blocks and elements by `_`. */
export function partsOf(names: string | undefined): string {
  if (names === undefined) return '';
  return (names.length > 300 ? names.slice(0, 300) : names)
    .replace(/([a-z\d])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replace(/__|--|[/:.]/g, '_');
}

export function isMarkedAsBody(element: Element): boolean {
  const { name, attributes } = element;
  if (
    name === 'article' ||
    name === 'main' ||
    attributes.get('role') === 'main' ||
    attributes.get('role') === 'article'
  )
    return true;
  if (/(?:articleBody|(?:^|\s)text(?:\s|$))/.test(attributes.get('itemprop') ?? '')) return true;
  return bodies.test(namesOf(element));
}

function isInvisible(element: Element): boolean {
  const { attributes } = element;
  if (attributes.size === 0) return false;
  if (attributes.has('hidden') && attributes.get('hidden') !== 'until-found') return true;
  if (invisibleStyle.test(attributes.get('style') ?? '')) return true;
  return invisibleClass.test(attributes.get('class') ?? '');
}

export function isNeverContent(element: Element): boolean {
  return neverContent.has(element.name);
}

/** Whether it is of a kind that may be longer than the article: what readers say, what the law wants said. */
function isSurelySurroundings(element: Element): boolean {
  const { name } = element;
  if (name === 'body' || name === 'html' || name === 'main' || name === 'article') return false;
  return name === 'footer' || name === 'aside' || longSurroundings.test(namesOf(element));
}

/** Whether its tag, role or names say that it surrounds an article. */
function isMarkedAsSurroundings(element: Element): boolean {
  const { name, attributes } = element;
  if (name === 'footer') return element.parent?.name !== 'blockquote' && element.parent?.name !== 'figure';
  if (name === 'aside') return !callout.test(namesOf(element));
  if (attributes.size === 0) return false;
  if (neverContentRole.test(attributes.get('role') ?? '')) return true;
  if (name === 'body' || name === 'html' || name === 'main' || name === 'article') return false;
  if (name === 'form') return true;
  // The id of a heading or a section is made of its own words.
  if (/^(?:h[1-6]|section|p)$/.test(name)) return surroundings.test(partsOf(attributes.get('class')));
  return surroundings.test(namesOf(element)) || telling.test(partsOf(attributes.get('class')));
}

/**
 * Whether to leave an element out. Names lie: what holds a large part of the page's running text stays, what holds most
 * of it whatever it is called.
 * @param prose of the page as a whole
 */
export function isBoilerplate(element: Element, weights: TextWeights, prose: number): boolean {
  const share = weights.of(element).prose / Math.max(1, prose);
  if (share > 0.7) return false;
  if (share > 0.35) return isInvisible(element) || isSurelySurroundings(element);
  return isInvisible(element) || element.attributes.get('aria-hidden') === 'true' || isMarkedAsSurroundings(element);
}
