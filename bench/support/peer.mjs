/** Programs that answer one request after another: a line of JSON each way, so that several can be measured in turns. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import readline from "node:readline";

export class Peer {
  constructor(program, args, env = {}) {
    this.name = [program, ...args].join(" ");
    this.child = spawn(program, args, {
      env: { PATH: process.env.PATH, TMPDIR: process.env.TMPDIR, ...env },
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.ended = once(this.child, "close");
    this.lines = readline.createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  /** What it answers. */
  async ask(request) {
    this.child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.lines.next();
    if (done) throw new Error(`${this.name} ended without an answer.`);
    return JSON.parse(value);
  }

  async close() {
    this.child.stdin.end();
    await this.ended;
  }
}

/** The other side: answers each request on stdin with what a function makes of it. */
export async function answerAll(answer) {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
  }
}
