/** The help of the commands that start jobs with models says all that a request could be refused for. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const ACCORD = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** The options of a command as the help has them, each in one line. */
function optionsOf(command: string): string[] {
  const help = execFileSync(process.execPath, [ACCORD, ...command.split(" "), "--help"], { encoding: "utf8" });
  return help
    .slice(help.indexOf("Options:"))
    .replaceAll(/\n {10,}/g, " ")
    .split("\n")
    .flatMap((line) => (/^ {2}-/.test(line) ? [line.trim()] : []));
}

test.each(["pretrain", "sft", "reward-model", "ppo", "generate", "score", "evaluate", "model export", "model import"])(
  "of %s each number has its bounds, and each option what counts without it",
  (command) => {
    const options = optionsOf(command).filter((line) => !/^(--json|-h, --help)/.test(line));
    expect(options.length).toBeGreaterThan(0);
    const numbers = options.filter((line) => /<[nx]>/.test(line));
    expect(numbers.filter((line) => !/\d+ to (\d|the window|below 1)|at most \d+|a divisor of/.test(line))).toEqual([]);
    // What must be given, or one of several must, says so instead of a default.
    const needed = /^--(model|metrics|sft|sft-job|reward-job|base-job|judge|baseline|source) |^--reward <model>/;
    expect(options.filter((line) => !/\(default: .+\)$/.test(line) && !needed.test(line))).toEqual([]);
  },
);
