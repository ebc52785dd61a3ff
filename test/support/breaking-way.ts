import net from "node:net";

/** A way to a server on which each connection breaks after so many bytes of answers, the next after the next number. */
export interface BreakingWay {
  readonly url: string;
  /** How many connections came. */
  connections(): number;
  close(): Promise<void>;
}

/** breaks: after how many bytes of answers each connection breaks; those behind the last break never. */
export async function breakingWay(target: string, breaks: readonly number[]): Promise<BreakingWay> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<net.Socket>();
  let connections = 0;
  const listening = net.createServer((near) => {
    let left = breaks[connections++] ?? Infinity;
    const far = net.connect(Number(port), hostname);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
    }
    near.pipe(far);
    far.on("data", (data: Buffer) => {
      const passed = data.subarray(0, left);
      left -= passed.length;
      if (left === 0) {
        near.end(passed);
        far.destroy();
      } else if (!near.write(passed)) {
        far.pause();
        near.once("drain", () => far.resume());
      }
    });
    far.on("end", () => near.end());
  });
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(listening.address() as net.AddressInfo).port}`,
    connections: () => connections,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => listening.close(() => resolve()));
    },
  };
}
