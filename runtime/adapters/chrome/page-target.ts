import * as z from 'zod';
import type { DevTools } from './devtools.ts';

/** What came for the document of the page, as opposed to its frames. */
export interface DocumentResponse {
  readonly url: string;
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
}

const paused = z.object({
  requestId: z.string(),
  frameId: z.string().optional(),
  request: z.object({ url: z.string() }),
  responseStatusCode: z.int().optional(),
  responseErrorReason: z.string().optional(),
  responseHeaders: z.array(z.object({ name: z.string(), value: z.string() })).default([]),
});

const attached = z.object({ sessionId: z.string() });

/** Dialogs would hold the page up, windows would pile up, and nobody is there to see either. */
const quietScript = `
  for (const [name, answer] of [['alert', undefined], ['confirm', false], ['prompt', null], ['print', undefined], ['open', null]]) {
    Object.defineProperty(window, name, { value: () => answer, writable: true, configurable: true });
  }`;

const patterns = [
  ...['Image', 'Media', 'Font'].map((resourceType) => ({ urlPattern: '*', resourceType })),
  { urlPattern: '*', resourceType: 'Document', requestStage: 'Response' },
];

/** Watches one tab and its frames: keeps out what is not text, and notes what was answered for the document. */
export class PageTarget {
  /** Of the last document that was asked for. */
  response: DocumentResponse | undefined;
  readonly #devTools: DevTools;
  readonly #targetId: string;
  readonly #sessions: string[] = [];

  private constructor(devTools: DevTools, targetId: string) {
    this.#devTools = devTools;
    this.#targetId = targetId;
  }

  static async attach(devTools: DevTools, targetId: string): Promise<PageTarget> {
    const target = new PageTarget(devTools, targetId);
    const { sessionId } = attached.parse(await devTools.send('Target.attachToTarget', { targetId, flatten: true }));
    await target.#prepare(sessionId);
    return target;
  }

  release(): void {
    for (const session of this.#sessions) this.#devTools.unlisten(session);
  }

  async #prepare(session: string): Promise<void> {
    this.#sessions.push(session);
    this.#devTools.listen(session, (method, params) => this.#heard(session, method, params));
    const send = (method: string, params?: Readonly<Record<string, unknown>>) =>
      this.#devTools.send(method, params, session);
    await Promise.all([
      send('Page.enable'),
      send('Page.addScriptToEvaluateOnNewDocument', { source: quietScript }),
      send('Fetch.enable', { patterns }),
      send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: true, flatten: true }),
    ]);
  }

  #heard(session: string, method: string, params: unknown): void {
    if (method === 'Fetch.requestPaused') {
      this.#decide(session, params);
    } else if (method === 'Target.attachedToTarget') {
      const child = attached.safeParse(params).data?.sessionId;
      if (child !== undefined) this.#letRun(child);
    }
  }

  /** Workers have no pages: what they do not know of is refused, and they run all the same. */
  #letRun(session: string): void {
    this.#prepare(session)
      .catch(() => {})
      .then(() => this.#devTools.send('Runtime.runIfWaitingForDebugger', {}, session))
      .catch(() => {});
  }

  #decide(session: string, params: unknown): void {
    const request = paused.safeParse(params).data;
    if (request === undefined) return;
    const { requestId, responseStatusCode: status, responseErrorReason, responseHeaders } = request;
    const isAnswered = status !== undefined || responseErrorReason !== undefined;
    if (status !== undefined && request.frameId === this.#targetId) {
      const headers = new Map(responseHeaders.map(({ name, value }) => [name.toLowerCase(), value]));
      this.response = { url: request.request.url, status, headers };
    }
    const decision = isAnswered
      ? this.#devTools.send('Fetch.continueRequest', { requestId }, session)
      : this.#devTools.send('Fetch.failRequest', { requestId, errorReason: 'BlockedByClient' }, session);
    // The page may have gone on meanwhile.
    decision.catch(() => {});
  }
}
