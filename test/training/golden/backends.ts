/** On which backends trajectories are computed, and how. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { fileURLToPath } from "node:url";
import type { BackendName } from "../../../src/training/backend.js";
import { open } from "../support.js";
import { type PPO_CASES, type PpoTrajectory, ppoTrajectory } from "./ppo.js";
import { type RewardTrajectory, rewardTrajectory } from "./rm.js";
import { type SftTrajectory, sftTrajectory } from "./sft.js";
import type { CaseSize } from "./trajectory.js";

/** Whether @tensorflow/tfjs-node is installed, which the project does not do by itself. */
const HAS_TENSORFLOW = await import("@tensorflow/tfjs-node" as string).then(
  () => true,
  () => false,
);

/** wasm computes both cases; the others the small one, of which twenty steps take them seconds. */
export const CASES: readonly (readonly [BackendName, CaseSize])[] = [
  ["wasm", ""],
  ["wasm", "-small"],
  ["cpu", "-small"],
  ...(HAS_TENSORFLOW ? [["tensorflow", "-small"] as const] : []),
];

interface Trajectories {
  readonly sft: SftTrajectory;
  readonly rm: RewardTrajectory;
  readonly ppo: PpoTrajectory;
}

const HOOKS = new URL("../../support/typescript-hooks.mjs", import.meta.url).href;
const REGISTER = `data:text/javascript,import { register } from "node:module"; register(${JSON.stringify(HOOKS)});`;
const CHILD = fileURLToPath(new URL("child.ts", import.meta.url));

/** A trajectory: on wasm here, on the others in a process of its own (see child.ts). */
export async function trajectoryOf<Kind extends keyof Trajectories>(
  backendName: BackendName,
  kind: Kind,
  size: CaseSize,
  name: (typeof PPO_CASES)[number] = "PPO",
): Promise<Trajectories[Kind]> {
  if (backendName !== "wasm") {
    const order = JSON.stringify([backendName, kind, size, name]);
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["--no-warnings", "--import", REGISTER, CHILD, order],
      { maxBuffer: 1 << 24 },
    );
    return JSON.parse(stdout) as Trajectories[Kind];
  }
  const backend = await open("wasm");
  try {
    const all: { readonly [K in keyof Trajectories]: () => Promise<Trajectories[K]> } = {
      sft: () => sftTrajectory(backend, size),
      rm: () => rewardTrajectory(backend, size),
      ppo: () => ppoTrajectory(backend, size, name),
    };
    return await all[kind]();
  } finally {
    backend.close();
  }
}
