/** The part of the WebAssembly interface that Node has and its types leave to the DOM's. */
declare namespace WebAssembly {
  class Memory {
    constructor(pages: { initial: number; maximum: number });
    readonly buffer: ArrayBuffer;
  }
}
