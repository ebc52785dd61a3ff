/** Many sockets that ask and do not read, before a real server process: it stands, and its memory stays within bounds. */
import { readFileSync } from "node:fs";
import type { WebSocket } from "ws";
import { times } from "../support/chaos.js";
import { RawWebSocket } from "../support/raw-websocket.js";
import { ADMIN_KEY, ServerProcess, send } from "../support/server-process.js";
import { createTestDatabase } from "../support/template-database.js";

const MIB = 1 << 20;
const SOCKETS = times(60, 300);
/** Of each socket, answers of about a megabyte. */
const ANSWERS = 15;
/**
 * Of the answers 64 MiB may wait, beside an idle server and what the collector has not taken yet; without a bound 4,500 MB
 * would. Of the short run 445 MiB were seen, and 1,249 MiB with a bound of 4 GB.
 */
const MOST_MIB = times(800, 1_200);
const LARGE = '{ dataset(slug: "large") { prompts(first: 10) { nodes { text } } } }';
const lines = () =>
  Array.from({ length: 10 }, (_, i) => `${JSON.stringify({ text: `${i} ${"x".repeat(100_000)}` })}\n`).join("");

test(
  `${SOCKETS} sockets with ${ANSWERS} answers of a megabyte in each leave a server standing, and its memory within bounds`,
  async () => {
    const database = await createTestDatabase();
    const process = ServerProcess.spawn({ DATABASE_URL: database.url, JOB_SLOTS: "0" });
    const sockets: WebSocket[] = [];
    try {
      const url = await process.url();
      const created = await fetch(`${url}/import/large`, {
        method: "POST",
        headers: { authorization: `Bearer ${ADMIN_KEY}` },
        body: lines(),
      });
      expect(created.status).toBe(200);
      let highest = 0;
      for (let i = 0; i < SOCKETS; i++) {
        const raw = await RawWebSocket.open(url, ADMIN_KEY).catch(() => null);
        if (raw === null) continue;
        raw.socket.pause();
        for (let j = 0; j < ANSWERS; j++) raw.subscribe(`${j}`, LARGE);
        sockets.push(raw.socket);
        if (i % 10 === 0) highest = Math.max(highest, memoryOf(process.pid));
      }
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      highest = Math.max(highest, memoryOf(process.pid));
      expect(await send(url, "{ viewer { role } }")).toMatchObject({ status: 200 });
      expect(highest).toBeLessThan(MOST_MIB * MIB);
    } finally {
      for (const socket of sockets) socket.terminate();
      process.kill("SIGTERM");
      await process.exited;
      await database.drop();
    }
  },
  times(120_000, 600_000),
);

/** The memory of a process as the system counts it, in bytes; 0 where it does not tell. */
function memoryOf(pid: number): number {
  try {
    return 1_024 * Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
