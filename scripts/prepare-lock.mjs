/** A lock file that a process killed with -9 does not leave shut. */
import fs from "node:fs";
import path from "node:path";

/** The time at which a process began, in ticks since the boot, where the system tells it (Linux); else "". */
function startOf(pid) {
  try {
    // The second field is the command in parentheses and may hold blanks; the 22nd is the start.
    const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}

/** Is the process that wrote this lock still the same living process? */
function isHeld(content) {
  const [pid, start] = content.trim().split(" ");
  if (!/^[1-9]\d*$/.test(pid)) return false;
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    if (error.code !== "EPERM") return false;
  }
  return start === undefined || startOf(pid) === start;
}

const readIfThere = (file) => {
  try {
    return fs.readFileSync(file, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
};

/** Takes the lock if it is free. A hard link to a finished file: the lock never exists without its content. */
function tryTake(file, mine) {
  const draft = `${file}.${process.pid}`;
  fs.writeFileSync(draft, mine);
  try {
    fs.linkSync(draft, file);
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  } finally {
    fs.rmSync(draft, { force: true });
  }
}

/** Puts a dead process's lock away. If another process was quicker and the lock is a living one, it goes back. */
function clearStale(file, seen) {
  const aside = `${file}.stale-${process.pid}`;
  try {
    fs.renameSync(file, aside);
    if (fs.readFileSync(aside, "utf8") !== seen) fs.linkSync(aside, file);
  } catch (error) {
    if (error.code !== "ENOENT" && error.code !== "EEXIST") throw error;
  } finally {
    fs.rmSync(aside, { force: true });
  }
}

/** Runs `work` while holding the lock file; says so once if it has to wait for a living process. */
export async function withLock(file, say, work) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const mine = `${process.pid} ${startOf(process.pid)}`.trim();
  let told = false;
  while (!tryTake(file, mine)) {
    const content = readIfThere(file);
    if (content === undefined) continue;
    if (!isHeld(content)) {
      clearStale(file, content);
      continue;
    }
    if (!told) say(`Waiting for process ${content.split(" ")[0]}, which is installing or building …`);
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  try {
    return await work();
  } finally {
    if (readIfThere(file) === mine) fs.rmSync(file, { force: true });
  }
}
