/** The process behind load.mjs. */
import { Agent, request } from "node:http";
import { quantile } from "./figures.mjs";

let probe = null;

process.on("message", async (message) => {
  try {
    process.send({ result: await carryOut(message) });
  } catch (error) {
    process.send({ error: error.message });
  }
});
process.on("disconnect", () => process.exit(0));

async function carryOut(message) {
  if (message.kind === "hammer") return hammer(message);
  if (message.kind === "probe") {
    probe = startProbe(message);
    return null;
  }
  return probe.stop();
}

/** The body of the answer; refused unless it is 200. */
function ask(agent, { url, method = "GET", headers = {}, body }) {
  return new Promise((resolve, reject) => {
    const sending = request(url, { agent, method, headers }, (answer) => {
      const chunks = [];
      answer.on("data", (chunk) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () => {
        const bytes = Buffer.concat(chunks);
        if (answer.statusCode === 200) resolve(bytes);
        else reject(new Error(`${url} was answered with ${answer.statusCode}: ${bytes.subarray(0, 500)}`));
      });
    });
    sending.on("error", reject);
    sending.end(body);
  });
}

async function hammer({ target, connections, ms, requests }) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const latencies = [];
  const first = await ask(agent, target);
  const begin = performance.now();
  const goesOn = () => (ms === null ? latencies.length < requests : performance.now() - begin < ms);
  const client = async () => {
    while (goesOn()) {
      const sent = performance.now();
      const body = await ask(agent, target);
      latencies.push(performance.now() - sent);
      if (!body.equals(first)) throw new Error(`${target.url} gave two different answers to the same request.`);
    }
  };
  await Promise.all(Array.from({ length: connections }, client));
  const seconds = (performance.now() - begin) / 1000;
  agent.destroy();
  return {
    requests: latencies.length,
    perSecond: latencies.length / seconds,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    body: first.toString("utf8"),
  };
}

function startProbe({ target, everyMs }) {
  const agent = new Agent({ keepAlive: true });
  const latencies = [];
  const open = new Set();
  let failure = null;
  const timer = setInterval(() => {
    const sent = performance.now();
    const asking = ask(agent, target).then(
      () => latencies.push(performance.now() - sent),
      (error) => {
        failure = error;
      },
    );
    open.add(asking);
    asking.finally(() => open.delete(asking));
  }, everyMs);
  return {
    stop: async () => {
      clearInterval(timer);
      await Promise.all(open);
      agent.destroy();
      if (failure) throw failure;
      return latencies;
    },
  };
}
