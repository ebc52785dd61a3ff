/** What a JavaScript engine must be told before it runs our kernels. */

interface EngineFlag {
  /** The versions of V8 that need it: from the first to the second. */
  readonly v8: readonly [from: number, to: number];
  readonly flag: string;
  readonly why: string;
}

/**
 * Flags by the version of V8, which says its Node: 11 is Node 20's, 12 Node 22's, 13 Node 24's, 14 Node 26's. They change
 * the engine of the whole process while it runs, so one stands here only where the kernels do not run without it. Those
 * that chose among V8's compilers are gone: no version was faster with them (bench/engines.mjs), and 14 aborts on them.
 */
export const ENGINE_FLAGS: readonly EngineFlag[] = [
  {
    v8: [11, 11],
    flag: "--experimental-wasm-relaxed-simd",
    why: "It knows relaxed SIMD, which a product and its sum in one operation need, but refuses it unless told to.",
  },
];

/**
 * The flags for a version of V8, in the order of the table.
 * @param v8 as process.versions.v8 says it, such as 11.3.244.8-node.26
 */
export function engineFlags(v8: string): readonly string[] {
  const version = Number.parseInt(v8, 10);
  return ENGINE_FLAGS.filter(({ v8: [from, to] }) => from <= version && version <= to).map(({ flag }) => flag);
}
