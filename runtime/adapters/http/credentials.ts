/** What one site, with its subdomains, is sent with every request. */
export interface SiteCredential {
  /** `medium.com` */
  readonly domain: string;
  readonly header: 'cookie' | 'authorization';
  readonly value: string;
}

/** The headers with which a URL is asked for: nothing for any other site. */
export function credentialHeaders(url: URL, credentials: readonly SiteCredential[]): Record<string, string> {
  const headers: Record<string, string> = {};
  const hostname = url.hostname.replace(/\.$/, '');
  for (const { domain, header, value } of credentials) {
    if (hostname !== domain && !hostname.endsWith(`.${domain}`)) continue;
    const before = headers[header];
    headers[header] = header === 'cookie' && before !== undefined ? `${before}; ${value}` : value;
  }
  return headers;
}
