/** Parameters that say where a reader came from, never what is shown. */
const tracking =
  /^(?:utm_.*|mtm_.*|pk_.*|hsa_.*|_hs(?:enc|mi)|mc_[ce]id|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|twclid|yclid|igshid|igsh|li_fat_id|ttclid|srsltid|_ga|_gl|vero_id|oly_(?:anon|enc)_id|mkt_tok|ref_src|ref_url|spm|cmpid|s_cid|trk|trackingid|rcm)$/i;

/**
 * One form for links to the same page: scheme and host in lower case, no default port, user, fragment or tracking
 * parameters; the other parameters keep their order. It is the natural key of a web document.
 */
export function normalizeAddress(address: string | URL): string {
  const url = new URL(address);
  url.hash = '';
  url.username = '';
  url.password = '';
  if (url.search !== '') {
    const kept = url.search
      .slice(1)
      .split('&')
      .filter((pair) => pair !== '' && !tracking.test(pair.split('=', 1)[0] ?? ''));
    url.search = kept.join('&');
  }
  return url.href;
}

/**
 * The link a page gives as its own, if it may be believed: same host (`www.`, `m.` and `amp.` aside), and not the bare
 * front page for a page that is not. A page must not be able to take the place of another site's document, and sites
 * that share a registrable domain (`a.github.io`, `b.substack.com`) are not one site.
 */
export function trustedCanonical(claimed: string | undefined, pageUrl: string): string | undefined {
  if (claimed === undefined || claimed.trim() === '' || !URL.canParse(claimed.trim(), pageUrl)) return undefined;
  const canonical = new URL(claimed.trim(), pageUrl);
  const page = new URL(pageUrl);
  if (canonical.protocol !== 'https:' && canonical.protocol !== 'http:') return undefined;
  if (!onSameHost(canonical, page)) return undefined;
  if (canonical.pathname === '/' && canonical.search === '' && page.pathname !== '/') return undefined;
  // A page asked for over https is never known by a link that gives that up.
  if (page.protocol === 'https:') canonical.protocol = 'https:';
  return normalizeAddress(canonical);
}

/** Whether two links are on one host, `www.`, `m.` and `amp.` aside. */
export function onSameHost(a: string | URL, b: string | URL): boolean {
  const [one, other] = [new URL(a), new URL(b)];
  return one.port === other.port && bareHost(one) === bareHost(other);
}

/** Whether a link is on a host or on one below it. @param host with its port, if it has one */
export function isUnder(link: string | URL, host: string): boolean {
  const own = new URL(link).host;
  return own === host || own.endsWith(`.${host}`);
}

function bareHost(url: URL): string {
  return url.hostname.replace(/^(?:www|m|mobile|amp)\./, '');
}
