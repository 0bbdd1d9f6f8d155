import * as z from 'zod';

/** Digits only, within bounds. */
export const integer = (least: number, most: number) => {
  const accepted = `a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d+$/, accepted)
    .transform(Number)
    .pipe(z.number().min(least, accepted).max(most, accepted));
};

export const onOff = z.enum(['0', '1'], '0 or 1').transform((value) => value === '1');
