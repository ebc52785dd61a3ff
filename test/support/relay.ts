import net from "node:net";

/** A way to a server that can be cut and laid again at the same address. */
export class Relay {
  private readonly sockets = new Set<net.Socket>();
  private listening: net.Server | null = null;
  private port = 0;
  private streams = 0;

  private constructor(private readonly target: URL) {}

  static async to(url: string): Promise<Relay> {
    const relay = new Relay(new URL(url));
    await relay.open();
    return relay;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async open(): Promise<void> {
    this.streams = 0;
    this.listening = net.createServer((near) => {
      const far = net.connect(Number(this.target.port), this.target.hostname);
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.sockets.add(from);
        from.on("error", () => to.destroy());
        from.on("close", () => to.destroy());
        from.pipe(to);
      }
      far.on("data", (data: Buffer) => {
        if (data.includes("text/event-stream")) this.streams++;
      });
    });
    await new Promise<void>((resolve) => this.listening?.listen(this.port, "127.0.0.1", resolve));
    this.port = (this.listening.address() as net.AddressInfo).port;
  }

  /** Waits until so many streams of events have begun since the way was laid. */
  async carries(streams: number): Promise<void> {
    while (this.streams < streams) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.sockets.clear();
    await new Promise<void>((resolve) => this.listening?.close(() => resolve()));
  }
}
