import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export type ExportFiles = Readonly<Record<string, string>>;

export const sharesHeader = 'Date,ShareLink,ShareCommentary,SharedUrl,MediaUrl,Visibility';

/** As LinkedIn writes a field of Shares.csv: every new line between quotes, and all quotes doubled. */
export function commentary(text: string): string {
  return `"${text.replaceAll('\n', '"\n"').replaceAll('"', '""')}"`;
}

/** As LinkedIn writes a field of Comments.csv. */
export function message(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

export function shareLink(urn: string): string {
  return `https://www.linkedin.com/feed/update/${encodeURIComponent(urn)}`;
}

const secrets = {
  'Connections.csv': 'Notes:\n"When exporting your connection data"\n\nFirst Name,Last Name\nSECRET,Babbage\n',
  'messages.csv': 'CONVERSATION ID,FROM,CONTENT\n1,Ada,SECRET\n',
  'Email Addresses.csv': 'Email Address,Confirmed\nSECRET@example.org,Yes\n',
};

/** A complete export of somebody who has written a little of everything. */
export const completeExport: ExportFiles = {
  ...secrets,
  'Shares.csv': [
    sharesHeader,
    `2024-05-01 12:34:56,${shareLink('urn:li:share:7191403520000000001')},${commentary('Engines weave.\n\nThey "think" in patterns.')},,,MEMBER_NETWORK`,
    `2024-05-02 08:00:00,${shareLink('urn:li:ugcPost:7191700000000000002')},Punched cards are underrated,https://example.org/cards,,PUBLIC`,
    `2024-05-03 08:00:00,${shareLink('urn:li:share:7192000000000000003')},,https://example.org/repost,,PUBLIC`,
    `2024-05-01 12:34:56,${shareLink('urn:li:share:7191403520000000001')},A row that comes twice,,,PUBLIC`,
    `,${shareLink('urn:li:activity:7304412404039811149')},No date was written here,,,PUBLIC`,
    '',
  ].join('\n'),
  'Comments.csv': [
    'Date,Link,Message',
    `2024-06-01 09:10:11,${shareLink('urn:li:activity:7200000000000000001')},${message('He said "it works",\nand it did')}`,
    `2024-06-01 09:10:12,${shareLink('urn:li:activity:7200000000000000001')},Second thought on the same post`,
    `2024-06-02 10:00:00,${shareLink('urn:li:activity:7200000000000000001')}?commentUrn=${encodeURIComponent('urn:li:comment:(activity:7200000000000000001,7201000000000000001)')},Named comment`,
    '',
  ].join('\n'),
  'Articles/Articles/on-engines-ada-lovelace.html': `<html><head><title>On Engines</title><style>p{color:red}</style></head><body>
    <h1><a href="https://www.linkedin.com/pulse/engines-ada-lovelace-x1y2z">On Engines</a></h1>
    <p class="created">Created on 2023-04-05 05:00</p><p class="published">Published on 2023-04-05 06:07</p>
    <div><p>The engine has no pretensions whatever to originate anything.</p><pre></pre>let n = 3;<br>while (n &gt; 0) {<br>  n -= 1;<br>}<p>It can do whatever we know how to order it to perform.</p></div>
    <script>document.title = 'never run'</script></body></html>`,
  'Articles/Articles/unfinished.html': `<html><body><h1><a href="https://www.linkedin.com/pulse/unfinished">Unfinished</a></h1>
    <p class="created">Created on 2023-05-01 05:00</p><p class="published"></p><div><p>This draft is nobody's business yet.</p></div></body></html>`,
  'Profile.csv': [
    'First Name,Last Name,Maiden Name,Address,Birth Date,Headline,Summary,Industry,Zip Code,Geo Location,Twitter Handles,Websites,Instant Messengers',
    'Ada,Lovelace,Byron,SECRET street,SECRET day,Analyst of engines,"I write notes.\n\nSome are programs.",Computing,SECRET zip,London,,,SECRET messenger',
    '',
  ].join('\n'),
  'Positions.csv': [
    'Company Name,Title,Description,Location,Started On,Finished On',
    'Analytical Engine,Programmer,"Wrote Note G.\n# not a heading",London,Jun 1842,Sep 1843',
    'Independent,Countess,,,1838,',
    '',
  ].join('\n'),
  'Education.csv':
    'School Name,Start Date,End Date,Notes,Degree Name,Activities\nTutored by De Morgan,1840,1842,,Mathematics,Letters\n',
};

export async function writeExport(folder: string, files: ExportFiles): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}
