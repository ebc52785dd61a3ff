/**
 * Compiles src/training/kernels/assembly to WebAssembly: simd.wasm, and relaxed-simd.wasm for machines that can round a
 * product and its sum once.
 *
 *   node scripts/build-kernels.mjs FOLDER
 */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const ENTRY = "src/training/kernels/assembly/index.ts";
/** Binaryen is the one that AssemblyScript depends on, wherever npm put it. */
const ASSEMBLYSCRIPT = createRequire(import.meta.url).resolve("assemblyscript/package.json");
const WASM_OPT = createRequire(ASSEMBLYSCRIPT).resolve("binaryen/bin/wasm-opt");
const VARIANTS = { simd: ["simd"], "relaxed-simd": ["simd", "relaxed-simd"] };
/** What AssemblyScript takes for granted of every engine. */
const COMMON_FEATURES = ["bulk-memory", "sign-ext", "mutable-globals", "nontrapping-float-to-int"];

function runNode(args) {
  const { status, error } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: ["ignore", 2, 2] });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${path.basename(args[0])} failed.`);
}

/**
 * The micro-kernels must stay functions of their own, or V8 keeps their sums on the stack: AssemblyScript therefore does not
 * optimise, and Binaryen does not inline; what is to be inlined says so in its source.
 */
function compile(features, file) {
  const plain = `${file}.plain`;
  runNode([
    "node_modules/assemblyscript/bin/asc.js",
    ENTRY,
    ...["--optimizeLevel", "0", "--importMemory", "--runtime", "stub", "--enable", features.join()],
    ...["--disableWarning", "112", "--outFile", plain],
  ]);
  runNode([
    WASM_OPT,
    "-O3",
    ...[...COMMON_FEATURES, ...features].map((feature) => `--enable-${feature}`),
    ...["--one-caller-inline-max-function-size=0", "--always-inline-max-function-size=0"],
    ...[plain, "-o", file],
  ]);
  fs.rmSync(plain);
}

/** A data segment would be written over what TensorFlow.js keeps at the same address of their common memory. */
function refuseData(file) {
  const binary = fs.readFileSync(file);
  for (let at = 8; at < binary.length; ) {
    if (binary[at++] === 11) throw new Error(`${path.basename(file)} has a data segment.`);
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = binary[at++];
      size += (byte & 127) << shift;
      if (byte < 128) break;
    }
    at += size;
  }
}

const folder = path.resolve(process.argv[2]);
fs.mkdirSync(folder, { recursive: true });
for (const [name, features] of Object.entries(VARIANTS)) {
  const file = path.join(folder, `${name}.wasm`);
  compile(features, file);
  refuseData(file);
}
