/**
 * What a promise gives, unless the time is up or the signal is aborted first: nobody waits for it any longer then, and
 * what it still becomes is dropped.
 * @throws the reason of `signal`, or what `late` returns
 */
export async function within<Value>(
  promise: Promise<Value>,
  { signal, timeoutMs, late }: { readonly signal: AbortSignal; readonly timeoutMs: number; readonly late: () => Error },
): Promise<Value> {
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  const timer = setTimeout(() => reject(late()), timeoutMs);
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([promise, ended]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}
