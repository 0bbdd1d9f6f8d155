export interface Embedder {
  /** Name and version of the model: vectors of another fingerprint cannot be compared with these. */
  readonly fingerprint: string;
  readonly dimensions: number;
  /**
   * One vector of length 1 (L2) a text, in the order of the texts; a text without any features gives the zero vector.
   * @throws TransientError when the model cannot be reached
   */
  embed(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]>;
}
