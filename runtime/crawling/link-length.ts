/**
 * Longer links are passed over wherever links are found. sitemaps.org sets this bound for sitemaps, and browsers and
 * servers take little more; without one, a page of a stranger could make jobs that no queue takes.
 */
export const maxLinkCharacters = 2_048;
