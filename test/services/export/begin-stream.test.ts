import { buffer } from "node:stream/consumers";
import { describe, expect, test } from "@jest/globals";
import { beginStream } from "../../../src/services/export/begin-stream.js";

describe("a stream of which the first bytes are there", () => {
  let ended = 0;
  async function* pieces(count: number, failsAt = -1): AsyncGenerator<Uint8Array, void> {
    try {
      for (let i = 0; i < count; i++) {
        if (i === failsAt) throw new Error(`piece ${i} failed`);
        yield Buffer.from([i]);
      }
    } finally {
      ended++;
    }
  }

  test.each([0, 1, 2, 100])("%s pieces come in order, each once", async (count) => {
    expect([...(await buffer(await beginStream(pieces(count))))]).toEqual(Array.from({ length: count }, (_, i) => i));
  });

  test("a first piece that fails is thrown, a later one breaks the stream", async () => {
    await expect(beginStream(pieces(3, 0))).rejects.toThrow("piece 0 failed");
    await expect(buffer(await beginStream(pieces(3, 1)))).rejects.toThrow("piece 1 failed");
  });

  test("its source ends with it, also where nothing was read", async () => {
    for (const error of [undefined, new Error("the reader is gone")]) {
      const before = ended;
      const stream = await beginStream(pieces(3));
      stream.on("error", () => {});
      const closed = new Promise((resolve) => stream.once("close", resolve));
      stream.destroy(error);
      await closed;
      expect(ended).toBe(before + 1);
    }
  });
});
