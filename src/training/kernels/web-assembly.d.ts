/** What is used here of the interface that TypeScript describes for browsers alone. */
declare namespace WebAssembly {
  function validate(binary: Uint8Array): boolean;
  class Module {
    constructor(binary: Uint8Array);
  }
  class Memory {
    constructor(pages: { readonly initial: number });
    readonly buffer: ArrayBuffer;
  }
  class Instance {
    constructor(module: Module, imports: { readonly env: { readonly memory: Memory } });
    readonly exports: Readonly<Record<string, unknown>>;
  }
}
