import type { Browser } from '../../../runtime/ports/browser.ts';
import type { Fetcher } from '../../../runtime/ports/fetcher.ts';

/** For what must not touch the network: whoever asks fails. */
export const noFetcher: Pick<Fetcher, 'fetch'> = {
  fetch: async (url) => {
    throw new Error(`${url} was fetched`);
  },
};

export const noBrowser: Browser = {
  visit: async (url) => {
    throw new Error(`${url} was opened in a browser`);
  },
  [Symbol.asyncDispose]: async () => {},
};
