/** `2024-03-01`, optionally with a time (after `T` or spaces) and a zone (`Z`, `+02:00`, `+0200`, ` +0200`). */
const written =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:(?:[Tt]|\s+)(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?\s*([Zz]|UTC|[+-]\d{2}:?\d{2})?)?$/;

/**
 * A timestamp of what people write as a date; without a zone it is taken as UTC.
 * @returns undefined for what is no date, and for dates that no calendar has (31 February)
 */
export function timestampOf(text: string): string | undefined {
  const match = written.exec(text.trim());
  if (match === null) {
    return undefined;
  }
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone = 'Z'] = match;
  const milliseconds = fraction.slice(0, 3).padEnd(3, '0');
  const date = new Date(
    Date.UTC(2000, Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second), Number(milliseconds)),
  );
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  const exists =
    date.getUTCMonth() === Number(month) - 1 &&
    date.getUTCDate() === Number(day) &&
    Number(hour) < 24 &&
    Number(minute) < 60 &&
    Number(second) < 60;
  if (!exists) {
    return undefined;
  }
  const offset = /^([+-])(\d{2}):?(\d{2})$/.exec(zone);
  if (offset !== null) {
    const minutes = Number(offset[2]) * 60 + Number(offset[3]);
    date.setTime(date.getTime() - (offset[1] === '-' ? -minutes : minutes) * 60_000);
  }
  const timestamp = date.toISOString();
  // Beyond the years 0000–9999 the format has a sign and no longer sorts by time.
  return /^\d{4}-/.test(timestamp) ? timestamp : undefined;
}

/** From the date that blogs put before a file's name: `2024-03-01-a-post.md`. */
export function timestampOfName(name: string): string | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})(?!\d)/.exec(name);
  return match?.[1] === undefined ? undefined : timestampOf(match[1]);
}
