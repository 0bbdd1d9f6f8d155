/** `urn:li:activity:7304412404039811149`: what LinkedIn itself calls a post. */
const urnPattern = /urn(?::|%3A)li(?::|%3A)(activity|share|ugcPost)(?::|%3A)(\d{1,20})/i;
const urnTypes = new Map(['activity', 'share', 'ugcPost'].map((type) => [type.toLowerCase(), type]));
/** `/posts/ada-lovelace_what-the-engine-is-activity-7304412404039811149-AbCd`: the id stands before a short checksum. */
const slugPattern = /[-_](activity|share|ugcPost)-(\d{5,20})(?:-[\w-]{0,20})?\/?$/i;

/** The first URN of a post in a text or a link, percent-encoded or not. */
export function postUrnIn(text: string): string | undefined {
  return urnFrom(urnPattern.exec(text));
}

/** Of the last part of a `/posts/…` link. */
export function postUrnOfSlug(slug: string): string | undefined {
  return urnFrom(slugPattern.exec(slug));
}

function urnFrom(match: RegExpExecArray | null): string | undefined {
  const [, type = '', id] = match ?? [];
  return id === undefined ? undefined : `urn:li:${urnTypes.get(type.toLowerCase())}:${id}`;
}

/** The permalink of a post. @param origin without a path */
export function postLink(urn: string, origin: string): string {
  return `${origin}/feed/update/${urn}/`;
}

/** Bits below the time in an id. */
const sequenceBits = 22n;
/** LinkedIn opened on 5 May 2003. */
const opened = Date.UTC(2003, 4, 5);

/**
 * When the post with this id was made, to the second, as the export dates it. The first 41 bits of an id (it has 63) are
 * milliseconds since 1970, as github.com/Ollie-Boyd/Linkedin-post-timestamp-extractor found; on a page that states its
 * date the id was given out some minutes before it.
 * @returns undefined for ids that hold no such time
 */
export function publishedAtOf(urn: string, now: number = Date.now()): string | undefined {
  const id = /:(\d{1,20})$/.exec(urn)?.[1];
  if (id === undefined) return undefined;
  const time = Number(BigInt(id) >> sequenceBits);
  if (time < opened || time > now + 86_400_000) return undefined;
  return new Date(time - (time % 1_000)).toISOString();
}
