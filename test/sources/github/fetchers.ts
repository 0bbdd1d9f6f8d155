import { TransientError } from '../../../runtime/domain/errors.ts';
import type { Fetcher } from '../../../runtime/ports/fetcher.ts';

/** As without a network. */
export const unreachable: Pick<Fetcher, 'fetch'> = {
  fetch: async (url) => {
    throw new TransientError(`${url} could not be reached`);
  },
};
