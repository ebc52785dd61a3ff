import { once } from "node:events";
import { renameSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import path from "node:path";
import { RawWebSocket } from "../support/raw-websocket.js";
import { ADMIN_KEY, makeDataDirectory, postmasterOf, ServerProcess, send } from "../support/server-process.js";

const LONG_MS = 120_000;

/** Sends a slug under an idempotency key of its own, so that it may be sent again when its fate is unknown. */
const CREATE = "mutation ($input: CreateDatasetInput!) { createDataset(input: $input) { slug } }";
const create = (url: string, slug: string) =>
  send<{ createDataset: { slug: string } }>(url, CREATE, { input: { slug, name: slug, idempotencyKey: slug } });

/** All slugs there are. */
async function slugs(url: string): Promise<Set<string>> {
  const found = new Set<string>();
  for (let after: string | null = null; ; ) {
    const answer: Awaited<ReturnType<typeof send>> = await send(
      url,
      "query ($after: String) { datasets(first: 200, after: $after) { nodes { slug } pageInfo { hasNextPage endCursor } } }",
      { after },
    );
    const { datasets } = answer.data as {
      datasets: { nodes: { slug: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
    };
    for (const { slug } of datasets.nodes) found.add(slug);
    if (!datasets.pageInfo.hasNextPage) return found;
    after = datasets.pageInfo.endCursor;
  }
}

/** An import whose body the test sends piece by piece. */
function slowImport(url: string): { request: http.ClientRequest; answer: Promise<{ status: number; body: unknown }> } {
  const request = http.request(`${url}/import/slow`, {
    method: "POST",
    headers: { authorization: `Bearer ${ADMIN_KEY}`, "content-type": "application/x-ndjson" },
  });
  const answer = new Promise<{ status: number; body: unknown }>((resolve, reject) => {
    request.on("error", reject);
    request.on("response", async (response) => {
      let text = "";
      for await (const piece of response) text += piece;
      resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) });
    });
  });
  return { request, answer };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe("a server on its own data directory", () => {
  let data: ReturnType<typeof makeDataDirectory>;
  let running: ServerProcess | null = null;

  beforeEach(() => {
    data = makeDataDirectory();
  });
  afterEach(async () => {
    running?.kill("SIGTERM");
    await running?.exited;
    running = null;
    data.remove();
  });

  async function start(environment: Record<string, string> = {}): Promise<string> {
    running = ServerProcess.spawn({ DATA_DIR: data.directory, ...environment });
    return running.url();
  }

  test(
    "SIGTERM under load: what was begun is answered, nothing acknowledged is lost, sockets close with 1001, status 0",
    async () => {
      const url = await start();
      const server = running as ServerProcess;
      const socket = await RawWebSocket.open(url, ADMIN_KEY);
      const slow = slowImport(url);
      slow.request.write('{"id":"1","text":"before the signal"}\n');

      const acknowledged: string[] = [];
      const codes = new Set<string>();
      let refused = false;
      const clients = Array.from({ length: 8 }, async (_, client) => {
        for (let n = 0; !refused; n++) {
          try {
            const answer = await create(url, `c${client}-${n}`);
            if (answer.data) acknowledged.push(answer.data.createDataset.slug);
            else codes.add(String(answer.errors?.[0]?.extensions.code));
          } catch {
            refused = true;
          }
        }
      });
      while (acknowledged.length < 200) await pause(10);
      server.kill("SIGTERM");
      await Promise.all(clients);
      // The import was begun before the signal: it goes on, and ends with its report.
      await server.line(({ msg }) => msg?.startsWith("draining") === true);
      expect((await socket.closed).code).toBe(1001);
      await expect(once(net.connect(Number(new URL(url).port), "127.0.0.1"), "connect")).rejects.toThrow(
        "ECONNREFUSED",
      );
      slow.request.end('{"id":"2","text":"after the signal"}\n');
      expect(await slow.answer).toMatchObject({ status: 200, body: { accepted: 2, rejected: 0 } });
      expect((await server.exited).status).toBe(0);
      expect([...codes].filter((code) => code !== "UNAVAILABLE")).toEqual([]);

      const again = await start();
      const kept = await slugs(again);
      expect(acknowledged.length).toBeGreaterThanOrEqual(200);
      expect(acknowledged.filter((slug) => !kept.has(slug))).toEqual([]);
      expect((running as ServerProcess).lines.some(({ msg }) => msg?.includes("taken over"))).toBe(false);
    },
    LONG_MS,
  );

  test(
    "requests that do not end are cut off after DRAIN_MS, and the server stops all the same",
    async () => {
      const url = await start({ DRAIN_MS: "300" });
      const slow = slowImport(url);
      slow.request.write('{"id":"1","text":"never ends"}\n');
      await pause(100);
      (running as ServerProcess).kill("SIGTERM");
      await expect(slow.answer).rejects.toMatchObject({ code: "ECONNRESET" });
      expect((await (running as ServerProcess).exited).status).toBe(0);
    },
    LONG_MS,
  );

  test(
    "a second signal ends the process at once; the next one takes its PostgreSQL over",
    async () => {
      const url = await start({ DRAIN_MS: "600000" });
      await create(url, "kept");
      const slow = slowImport(url);
      slow.answer.catch(() => {});
      slow.request.write('{"id":"1","text":"never ends"}\n');
      await pause(100);
      const server = running as ServerProcess;
      server.kill("SIGTERM");
      await server.line(({ msg }) => msg?.startsWith("draining") === true);
      server.kill("SIGINT");
      expect((await server.exited).status).toBe(1);
      const postmaster = postmasterOf(data.directory);
      const again = await start();
      expect(postmasterOf(data.directory)).toBe(postmaster);
      expect((await slugs(again)).has("kept")).toBe(true);
    },
    LONG_MS,
  );

  test(
    "PostgreSQL killed under load: UNAVAILABLE, then service again, and nothing acknowledged is lost or done twice",
    async () => {
      const url = await start();
      const acknowledged = new Set<string>();
      const codes = new Map<string, number>();
      let stop = false;
      const clients = Array.from({ length: 8 }, async (_, client) => {
        for (let n = 0; !stop; n++) {
          const slug = `c${client}-${n}`;
          for (;;) {
            const answer = await create(url, slug);
            if (answer.data) {
              acknowledged.add(slug);
              break;
            }
            const code = String(answer.errors?.[0]?.extensions.code);
            codes.set(code, (codes.get(code) ?? 0) + 1);
            if (code !== "UNAVAILABLE") break;
            await pause(20);
          }
        }
      });
      const reach = async (count: number) => {
        while (acknowledged.size < count) await pause(10);
      };
      await reach(100);
      process.kill(postmasterOf(data.directory), "SIGKILL");
      const beforeReturn = acknowledged.size;
      await reach(beforeReturn + 200);
      stop = true;
      await Promise.all(clients);
      const server = running as ServerProcess;
      expect(server.lines.filter(({ level }) => level === "error" || level === "fatal")).toEqual([]);
      // The same input under the same idempotency key returns the first result: no CONFLICT, whatever became of the first try.
      expect([...codes.keys()]).toEqual(["UNAVAILABLE"]);
      expect((await fetch(`${url}/healthz`)).status).toBe(200);
      while ((await fetch(`${url}/readyz`)).status !== 200) await pause(50);
      const kept = await slugs(url);
      expect([...acknowledged].filter((slug) => !kept.has(slug))).toEqual([]);
      expect(server.lines.some(({ msg }) => msg?.startsWith("PostgreSQL serves again") === true)).toBe(true);
    },
    LONG_MS,
  );

  test(
    "a database that cannot be brought back ends the server with status 1, and the log says why",
    async () => {
      await start();
      const postmaster = postmasterOf(data.directory);
      renameSync(path.join(data.directory, "postgres", "global"), path.join(data.directory, "postgres", "global-gone"));
      process.kill(postmaster, "SIGKILL");
      const server = running as ServerProcess;
      expect((await server.exited).status).toBe(1);
      expect(server.lines.find(({ level }) => level === "fatal")).toMatchObject({
        msg: "the database is lost; the server stops",
        err: { message: expect.stringContaining("PostgreSQL did not start on") },
      });
    },
    LONG_MS,
  );

  test(
    "a second server on the same folder, and on the same port, is refused in a sentence with status 1",
    async () => {
      const url = await start();
      const second = ServerProcess.spawn({ DATA_DIR: data.directory });
      const refusal = await second.exited;
      expect(refusal.status).toBe(1);
      expect(refusal.stderr).toMatch(/^Another Accord \(process \d+, since .+\) runs on the data directory .+\.\n$/);
      const other = makeDataDirectory();
      try {
        const samePort = ServerProcess.spawn({ DATA_DIR: other.directory, PORT: new URL(url).port });
        const { status, stderr } = await samePort.exited;
        expect({ status, stderr }).toEqual({
          status: 1,
          stderr: `HOST 127.0.0.1, PORT ${new URL(url).port}: another program listens there already. Choose another PORT.\n`,
        });
      } finally {
        other.remove();
      }
    },
    LONG_MS,
  );
});

test(
  "wrong settings: a line for each, status 2, and nothing is started",
  async () => {
    const { status, stderr } = await ServerProcess.spawn({
      PORT: "http",
      RATE_LIMIT: "0",
      DATABASE_URL: "mysql://a:b@c/d",
    }).exited;
    expect({ status, lines: stderr.trimEnd().split("\n") }).toEqual({
      status: 2,
      lines: [
        'PORT is "http"; it must be a whole number from 0 to 65535.',
        "DATABASE_URL is (hidden); it must be a URL that begins with postgres://.",
        'RATE_LIMIT is "0"; it must be a whole number from 1 to 100000000.',
      ],
    });
  },
  LONG_MS,
);

test(
  "a database that cannot be reached: one line without its password, status 1",
  async () => {
    const DATABASE_URL = "postgres://accord:hunter2@127.0.0.1:1/accord";
    const { status, stderr } = await ServerProcess.spawn({ DATABASE_URL }).exited;
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringMatching(/^The database accord at 127\.0\.0\.1:1 does not let us in: .*ECONNREFUSED.*\.\n$/),
    });
    expect(stderr).not.toContain("hunter2");
  },
  LONG_MS,
);
