import * as z from 'zod';
import { TransientError } from '../../domain/errors.ts';

const message = z.object({
  id: z.number().optional(),
  method: z.string().optional(),
  params: z.unknown().optional(),
  result: z.unknown().optional(),
  error: z.object({ message: z.string() }).optional(),
  sessionId: z.string().optional(),
});

const versionAnswer = z.object({ webSocketDebuggerUrl: z.url() });

export type DevToolsListener = (method: string, params: unknown) => void;

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

const answerPatienceMs = 10_000;

/** A connection to a browser by the Chrome DevTools Protocol, for what WebDriver has no commands. */
export class DevTools implements Disposable {
  readonly #socket: WebSocket;
  readonly #pending = new Map<number, Pending>();
  readonly #listeners = new Map<string, DevToolsListener>();
  #lastId = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.#receive(data));
    socket.addEventListener('close', () => this.#failAll());
    socket.addEventListener('error', () => this.#failAll());
  }

  /** @param address host and port where the browser listens */
  static async connect(address: string, signal: AbortSignal): Promise<DevTools> {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(answerPatienceMs)]);
    const response = await fetch(`http://${address}/json/version`, { signal: limited });
    const { webSocketDebuggerUrl } = versionAnswer.parse(await response.json());
    const socket = new WebSocket(webSocketDebuggerUrl);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.addEventListener('open', () => resolve(), { once: true });
    socket.addEventListener('error', () => reject(disconnected()), { once: true });
    limited.addEventListener('abort', () => reject(limited.reason), { once: true });
    await promise.catch((error: unknown) => {
      socket.close();
      throw error;
    });
    return new DevTools(socket);
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** @param session of a target; none for the browser itself. @throws TransientError when it fails or takes too long */
  async send(method: string, params: Readonly<Record<string, unknown>> = {}, session?: string): Promise<unknown> {
    if (!this.isOpen) throw disconnected();
    this.#lastId += 1;
    const id = this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#pending.set(id, { resolve, reject });
    const timer = setTimeout(() => {
      reject(new TransientError(`the browser does not answer ${method}`));
    }, answerPatienceMs);
    this.#socket.send(JSON.stringify({ id, method, params, ...(session !== undefined && { sessionId: session }) }));
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#pending.delete(id);
    }
  }

  /** Of one session there is one listener; it goes with the connection. */
  listen(session: string, listener: DevToolsListener): void {
    this.#listeners.set(session, listener);
  }

  unlisten(session: string): void {
    this.#listeners.delete(session);
  }

  [Symbol.dispose](): void {
    this.#socket.close();
    this.#failAll();
  }

  #receive(data: unknown): void {
    const parsed = typeof data === 'string' ? message.safeParse(JSON.parse(data)) : undefined;
    if (parsed?.data === undefined) return;
    const { id, method, params, result, error, sessionId } = parsed.data;
    if (id !== undefined) {
      const pending = this.#pending.get(id);
      if (error === undefined) pending?.resolve(result);
      else pending?.reject(new TransientError(`the browser refuses a command: ${error.message}`));
    } else if (method !== undefined && sessionId !== undefined) {
      this.#listeners.get(sessionId)?.(method, params);
    }
  }

  #failAll(): void {
    for (const { reject } of this.#pending.values()) reject(disconnected());
  }
}

function disconnected(): TransientError {
  return new TransientError('the browser has ended');
}
