import { InvalidArgumentError, Option } from 'commander';
import * as z from 'zod';
import { type Kind, kinds, type Platform, platforms } from '../../domain/documents.ts';
import type { SearchFilter } from '../../twin/search.ts';

/** The filters that search and export share, each repeatable. */
export interface FilterOptions {
  readonly kind?: Kind[];
  readonly platform?: Platform[];
  readonly author?: string[];
  readonly language?: string[];
  readonly since?: string;
}

export function kindOption(): Option {
  return new Option('--kind <kind>', `only ${kinds.join(', ')} (several: repeat it, or separate by commas)`).argParser(
    oneOf(kinds),
  );
}

export function filterOptions(): Option[] {
  return [
    new Option('--platform <platform>', `only from ${platforms.join(', ')}`).argParser(oneOf(platforms)),
    new Option('--author <name>', 'only by this author').argParser((name: string, before: string[] = []) => [
      ...before,
      name,
    ]),
    new Option('--language <language>', 'only in en, de, …; for code typescript, python, …').argParser(
      (text: string, before: string[] = []) => [...before, ...text.toLowerCase().split(',')],
    ),
    new Option('--since <date>', 'only published at or after this date: 2026-01-31, or a full timestamp').argParser(
      timestampOf,
    ),
  ];
}

export function filterOf(options: FilterOptions): SearchFilter {
  return {
    kinds: options.kind,
    platforms: options.platform,
    authors: options.author,
    languages: options.language,
    since: options.since,
  };
}

export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(`It takes a whole number from ${least} to ${most}.`);
    }
    return value;
  };
}

function oneOf<Value extends string>(values: readonly Value[]): (text: string, before?: Value[]) => Value[] {
  return (text, before = []) => {
    const given = text.split(',').map((part) => {
      const value = values.find((each) => each === part.trim().toLowerCase());
      if (value === undefined) throw new InvalidArgumentError(`It takes ${values.join(', ')}.`);
      return value;
    });
    return [...before, ...given];
  };
}

const since = z.union([z.iso.date(), z.iso.datetime({ offset: true })]);

/** A date begins at midnight UTC. */
function timestampOf(text: string): string {
  if (!since.safeParse(text).success) {
    throw new InvalidArgumentError('It takes a date such as 2026-01-31, or 2026-01-31T08:00:00Z.');
  }
  return new Date(text).toISOString();
}
