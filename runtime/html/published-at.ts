const months = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
/** Before the web, and further ahead than a time zone reaches, a date is not when a page was published. */
const earliest = Date.UTC(1990, 0, 1);

/**
 * RFC 3339 in UTC with milliseconds, from ISO 8601, RFC 2822, Unix times and dates with an English month name. Without a
 * zone, UTC is meant. Nothing for what is no date, or one before 1990 or after `now`.
 */
export function timestampFrom(text: string | undefined, now: number = Date.now()): string | undefined {
  const time = parse(text?.trim() ?? '');
  if (time === undefined || Number.isNaN(time) || time < earliest || time > now + 86_400_000) return undefined;
  return new Date(time).toISOString();
}

function parse(text: string): number | undefined {
  if (text === '' || text.length > 100) return undefined;
  if (/^\d{10}$/.test(text)) return Number(text) * 1_000;
  if (/^\d{13}$/.test(text)) return Number(text);
  const iso =
    /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?)?/i.exec(
      text,
    );
  if (iso) {
    const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone = ''] = iso;
    const time = utc(Number(year), Number(month), Number(day), Number(hour), Number(minute), Number(second));
    if (time === undefined) return undefined;
    return time + Number(fraction.slice(0, 3).padEnd(3, '0')) - offsetOf(zone);
  }
  const compact = /^(\d{4})(\d{2})(\d{2})$/.exec(text) ?? /^(\d{4})[/.](\d{1,2})[/.](\d{1,2})$/.exec(text);
  if (compact) return utc(Number(compact[1]), Number(compact[2]), Number(compact[3]));
  const named =
    /(?:([a-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?|(\d{1,2})(?:st|nd|rd|th)?\s+([a-z]{3,9})\.?),?\s+(\d{4})/i.exec(
      text,
    );
  if (!named) return undefined;
  const month = months.indexOf((named[1] ?? named[4] ?? '').slice(0, 3).toLowerCase()) + 1;
  const clock = /(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([ap]m)?(?:.*?([+-]\d{2}:?\d{2}))?/i.exec(
    text.slice(named.index + named[0].length),
  );
  const noon = clock?.[4]
    ? (Number(clock[1]) % 12) + (clock[4].toLowerCase() === 'pm' ? 12 : 0)
    : Number(clock?.[1] ?? 0);
  const time = utc(
    Number(named[5]),
    month,
    Number(named[2] ?? named[3]),
    noon,
    Number(clock?.[2] ?? 0),
    Number(clock?.[3] ?? 0),
  );
  return time === undefined ? undefined : time - offsetOf(clock?.[5] ?? '');
}

function utc(year: number, month: number, day: number, hour = 0, minute = 0, second = 0): number | undefined {
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 24 || minute > 59 || second > 60) return undefined;
  const time = Date.UTC(year, month - 1, day, hour, minute, second);
  return new Date(Date.UTC(year, month - 1, day)).getUTCMonth() === month - 1 ? time : undefined;
}

function offsetOf(zone: string): number {
  const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone) ?? [];
  if (sign === undefined) return 0;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes ?? 0)) * 60_000;
}
