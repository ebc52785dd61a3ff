import type { Answer } from "./server.js";
import { send } from "./server-process.js";

/** Whether the long runs are asked for (npm run chaos); else each test makes a short one. */
const isLong = (globalThis as { CHAOS?: string }).CHAOS === "long";

/** How often something is done: in a short run, and in a long one. */
export const times = (short: number, long: number): number => (isLong ? long : short);

/** The seed of all that is random in a test, printed so that a run can be repeated. */
export const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);

/** mulberry32, from the seed. */
export function makeChance(from = seed): () => number {
  let state = from | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** A server that may be away for a while: what is asked is asked again until it answers. */
export class Patient {
  constructor(private readonly urls: () => readonly string[]) {}

  /** The data of a GraphQL operation, from any of the servers. */
  data = async <Data = Record<string, unknown>>(query: string, variables: object = {}): Promise<Data> => {
    for (const end = performance.now() + 60_000; ; ) {
      for (const url of this.urls()) {
        const answer: Answer<Data> | null = await send<Data>(url, query, variables).catch(() => null);
        if (answer?.data && !answer.errors) return answer.data;
        const code = answer?.errors?.[0]?.extensions.code;
        if (code && !["UNAVAILABLE", "INTERNAL"].includes(code)) throw new Error(JSON.stringify(answer));
      }
      if (performance.now() > end) throw new Error("No server has answered for a minute.");
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  };
}
