/** The rows that a benchmark prints, and their table in bench/RESULTS.md. */
import { spawnSync } from "node:child_process";
import { appendFileSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FILE = fileURLToPath(new URL("../RESULTS.md", import.meta.url));

/** The figures of a run, row by row. */
export class Results {
  constructor({ record }) {
    this.record = record;
    this.missed = [];
    this.earlier = earlierFigures();
    this.commit = commit();
  }

  /**
   * Prints a row, and keeps it in RESULTS.md where the run is to be recorded.
   * what: what was measured, the same words in every run; figure: our own; ratio: to the rival or twin of the same run and
   * what it may be at most or least; holds: whether it does (absent: there is no target); command: the benchmark's name.
   */
  add({ what, command, figure, ratio = "", holds }) {
    const told = ratio + (holds === undefined ? "" : holds ? " ✓" : " ✗ missed");
    const change = `${this.earlier.get(what) ?? "—"} → ${figure}`;
    const cells = [
      what,
      `\`npm run bench -- ${command}\``,
      this.commit,
      change,
      told,
      `${availableParallelism()} cores`,
    ];
    const row = `| ${cells.join(" | ")} |`;
    if (holds === false) this.missed.push(what);
    console.log(row);
    if (this.record) appendFileSync(FILE, `${row}\n`);
  }
}

/** What each row of RESULTS.md measured last. */
function earlierFigures() {
  const rows = readFileSync(FILE, "utf8").matchAll(/^\| (?<what>[^|]+) \|[^|]*\|[^|]*\| [^|]*→ (?<figure>[^|]+) \|/gm);
  return new Map(Array.from(rows, ({ groups }) => [groups.what, groups.figure]));
}

/** The commit that was measured, with a + where the sources differ from it. */
function commit() {
  const git = (...args) => spawnSync("git", ["-C", ROOT, ...args], { encoding: "utf8" }).stdout?.trim() ?? "";
  const changed = git("status", "--porcelain", "--", "src", "migrations", "package-lock.json") !== "";
  return `${git("rev-parse", "--short", "HEAD") || "unknown"}${changed ? "+" : ""}`;
}
