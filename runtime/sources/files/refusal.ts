import type { BigIntStats } from 'node:fs';
import { extname } from 'node:path';
import { isZip } from '../../crawling/open-archive.ts';
import { RejectedInput } from '../../domain/errors.ts';
import { acceptedExtensions } from './formats.ts';

const accepted = `accepted are folders and ${acceptedExtensions.join(', ')}`;
/** What the sources of these platforms know their exports by; they have been asked before. */
const exportsHave =
  "LinkedIn's (Shares.csv, Profile.csv, Articles/Articles/….html), Medium's (posts/DATE_TITLE-ID.html) or " +
  "Substack's (posts.csv and posts/ID.TITLE.html)";

/** Why something that is neither a folder nor a text file is not taken in. A zip file may have been meant as an export. */
export async function refusalOf(path: string, stats: BigIntStats): Promise<RejectedInput> {
  if (stats.isFile() && (await isZip(path))) {
    const message = `${path} is no export of ${exportsHave}: no such files are in it; else ${accepted}.`;
    return new RejectedInput('not_an_export', message);
  }
  if (stats.isFile() && extname(path).toLowerCase() === '.zip') {
    const found = stats.size === 0n ? 'is empty' : 'is no zip file, whatever its name says';
    return new RejectedInput('corrupt_archive', `${path} ${found}: download the export again.`);
  }
  return new RejectedInput('unsupported_type', `${path} is not a text file; ${accepted}.`);
}
