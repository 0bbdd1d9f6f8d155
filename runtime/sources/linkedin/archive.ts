import { type Archive, type ArchiveEntry, refusalOfEntry } from '../../crawling/archive.ts';
import { RejectedInput } from '../../domain/errors.ts';
import type { Crawled } from '../../ports/source.ts';
import { articleIn } from './export-article.ts';
import { type ExportContext, partLink } from './export-context.ts';
import { commentsIn, sharesIn } from './export-posts.ts';
import { profileIn } from './export-profile.ts';

/**
 * What is read of an export. Everything else in it (messages, connections, addresses, …) is never opened. The names
 * may carry the member's number: `Shares_12345678.csv`.
 */
const content = {
  shares: /^Shares(?:_\d+)?\.csv$/i,
  comments: /^Comments(?:_\d+)?\.csv$/i,
  profile: /^Profile(?:_\d+)?\.csv$/i,
  positions: /^Positions(?:_\d+)?\.csv$/i,
  education: /^Education(?:_\d+)?\.csv$/i,
  article: /^Articles\/(?:Articles\/)?[^/]+\.html$/i,
} as const;

/** Names that no other site's export has, by which a basic one is known that holds nothing to read. */
const familiar =
  /^(?:Connections|messages|Invitations|Skills|Endorsement_(?:Given|Received)_Info|Recommendations_(?:Given|Received)|Registration|Email Addresses|PhoneNumbers|Reactions|Votes|Company Follows|Member_Follows|Ad_Targeting|Rich_Media|Profile Summary|Honors|Languages|Learning|Certifications|Receipts_v2|Logins|SearchQueries|SavedJobAlerts|Whatsapp Phone Numbers|Events|Projects|Publications|Courses)(?:_\d+)?\.csv$/i;

/** Whether these are the names in an export of LinkedIn's. A folder of one's own may well hold a file `Comments.csv`. */
export function isLinkedinExport(names: readonly string[]): boolean {
  if (names.some((name) => content.shares.test(name) || /^Articles\/Articles\/[^/]+\.html$/i.test(name))) return true;
  const top = names.filter((name) => !name.includes('/'));
  const known = top.filter((name) => familiar.test(name) || Object.values(content).some((part) => part.test(name)));
  return known.length >= 2 || (known.length === 1 && names.length === 1);
}

/**
 * All that the member has written. A file that cannot be read is told and the rest is read all the same.
 * @throws RejectedInput `nothing_found` when the export holds nothing of what is read
 */
export async function* readExport(archive: Archive, reading: ExportContext): AsyncGenerator<Crawled> {
  const { context, link } = reading;
  const entries = (part: RegExp): readonly ArchiveEntry[] => archive.entries.filter(({ path }) => part.test(path));
  const profile = {
    profile: entries(content.profile)[0],
    positions: entries(content.positions)[0],
    education: entries(content.education)[0],
  };
  const files: { readonly path: string; readonly read: () => AsyncIterable<Crawled> }[] = [
    ...entries(content.shares).map((entry) => ({ path: entry.path, read: () => sharesIn(entry, reading) })),
    ...entries(content.comments).map((entry) => ({ path: entry.path, read: () => commentsIn(entry, reading) })),
    ...entries(content.article).map((entry) => ({ path: entry.path, read: () => articleIn(entry, reading) })),
  ];
  const hasProfile = Object.values(profile).some((entry) => entry !== undefined);
  if (files.length === 0 && !hasProfile) {
    const message =
      `${link} is an export of LinkedIn's without Shares.csv, Comments.csv, Articles or Profile.csv: ask for the larger ` +
      'data archive, or choose these files, under Settings → Data privacy → Get a copy of your data';
    throw new RejectedInput('nothing_found', message);
  }
  for (const { path, read } of files) yield* guarded(path, read(), reading);
  if (hasProfile) yield* profileIn(profile, reading);
  context.signal.throwIfAborted();
}

async function* guarded(
  path: string,
  crawled: AsyncIterable<Crawled>,
  { context, link }: ExportContext,
): AsyncGenerator<Crawled> {
  try {
    for await (const one of crawled) {
      context.signal.throwIfAborted();
      yield one;
    }
  } catch (error) {
    const { reason, message } = refusalOfEntry(error);
    yield { outcome: 'rejected', link: partLink(link, path), reason, message };
  }
}
