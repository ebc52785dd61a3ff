/**
 * A trajectory on a backend, computed in a process of its own that Node runs without jest, whose contexts make plain
 * JavaScript loops ten times slower and whose clean-up runs out of stack in TensorFlow.js' engine. The arguments are a JSON
 * list: backend, kind, size, and of PPO which case. The trajectory goes to standard output as JSON.
 */
import { type BackendChoice, openBackend } from "../../../src/training/backend.js";
import { MEMORY } from "../support.js";
import { type PPO_CASES, ppoTrajectory } from "./ppo.js";
import { rewardTrajectory } from "./rm.js";
import { sftTrajectory } from "./sft.js";
import type { CaseSize } from "./trajectory.js";

const [choice, kind, size, name] = JSON.parse(process.argv[2] ?? "[]") as [
  BackendChoice,
  "sft" | "rm" | "ppo",
  CaseSize,
  (typeof PPO_CASES)[number],
];
const backend = await openBackend(choice, { memoryBytes: MEMORY });
const trajectory =
  kind === "sft"
    ? await sftTrajectory(backend, size)
    : kind === "rm"
      ? await rewardTrajectory(backend, size)
      : await ppoTrajectory(backend, size, name);
backend.close();
process.stdout.write(JSON.stringify(trajectory));
