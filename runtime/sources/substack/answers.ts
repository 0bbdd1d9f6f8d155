import { RejectedInput, TransientError } from '../../domain/errors.ts';
import { findElement, lineOf } from '../../html/dom.ts';
import { notContent } from '../../html/page-gate.ts';
import { parseHtml } from '../../html/parse.ts';
import type { Fetcher } from '../../ports/fetcher.ts';
import { boundedJson } from './bounded-json.ts';

export type AnswerFetcher = Pick<Fetcher, 'fetch'>;

/**
 * What an address of Substack's API answers.
 * @throws RejectedInput what a Fetcher throws; `bad_response` for what is no JSON
 * @throws TransientError also for a page that says it is asked too often, with whatever status
 */
export async function answerOf(
  fetcher: AnswerFetcher,
  url: string,
  signal: AbortSignal,
): Promise<{ readonly url: string; readonly json: unknown }> {
  const result = await fetcher.fetch(url, { signal, accept: 'application/json' });
  if (result.status !== 'ok') throw new RejectedInput('bad_response', `${url} was not asked for changes only`);
  const json = boundedJson(result.text);
  if (json !== undefined) return { url: result.url, json };
  throw noAnswer(url, result.text);
}

/** What to throw for an answer that is a page, or says something else than it was asked for. */
export function noAnswer(url: string, html: string): RejectedInput | TransientError {
  const root = parseHtml(html);
  const problem = notContent(html, lineOf(findElement(root, ({ name }) => name === 'body') ?? root), url);
  if (problem?.reason === 'rate_limited') return new TransientError(problem.message);
  return new RejectedInput(problem?.reason ?? 'bad_response', problem?.message ?? `${url} does not answer with JSON`);
}
