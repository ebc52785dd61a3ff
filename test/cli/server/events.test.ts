/** Streams of events that break off and are opened again. */
import { getEventListeners } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { Client } from "../../../src/cli/server/client.js";
import { Disconnected, subscribe } from "../../../src/cli/server/events.js";

const RECONNECTIONS = 15;

let server: http.Server;
let client: Client;

/** Answers with one event, and breaks off in the middle of the next, or says nothing more. */
beforeAll(async () => {
  server = http.createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write('event: next\ndata: {"data":{"n":1}}\n\nevent: next\n');
    if (body.includes("breaks")) setTimeout(() => response.destroy(), 5);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  client = new Client({
    ACCORD_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ACCORD_API_KEY: "a key",
  });
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test("a signal that outlives its streams has as many listeners after them as before, however they ended", async () => {
  const { signal } = new AbortController();
  const listeners = () => getEventListeners(signal, "abort").length;
  for (let n = 0; n < RECONNECTIONS; n++) {
    const seen: number[] = [];
    const read = async () => {
      for await (const data of subscribe<{ n: number }>(client, "breaks", {}, signal)) {
        expect(listeners()).toBe(1);
        seen.push(data.n);
      }
    };
    await expect(read()).rejects.toBeInstanceOf(Disconnected);
    for await (const data of subscribe<{ n: number }>(client, "stays", {}, signal)) {
      seen.push(data.n);
      break;
    }
    expect({ n, seen, listeners: listeners() }).toEqual({ n, seen: [1, 1], listeners: 0 });
  }
});

test("a signal ends the stream, and one that was given before lets none begin", async () => {
  const abort = new AbortController();
  const read = async () => {
    for await (const _ of subscribe(client, "stays", {}, abort.signal)) abort.abort();
  };
  await expect(read()).rejects.toBeInstanceOf(Disconnected);
  expect(getEventListeners(abort.signal, "abort")).toHaveLength(0);
  await expect(read()).rejects.toThrow("The signal has ended the stream.");
});
