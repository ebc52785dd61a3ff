import { once } from "node:events";
import net from "node:net";

/** What came back over a connection, and how it ended. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: string;
  readonly body: string;
  /** Whether the connection was reset or broken instead of ended. */
  readonly isReset: boolean;
}

/** A connection on which a request is written by hand, for what a well-behaved client never does. */
export class RawHttp {
  private text = "";
  private failure: Error | null = null;
  private readonly closed: Promise<void>;

  private constructor(readonly socket: net.Socket) {
    socket.on("error", (error) => {
      this.failure = error;
    });
    this.closed = new Promise((resolve) => socket.once("close", () => resolve()));
  }

  static async open(url: string): Promise<RawHttp> {
    const { hostname, port } = new URL(url);
    const socket = net.connect({ host: hostname, port: Number(port) });
    const raw = new RawHttp(socket);
    await once(socket, "connect");
    return raw;
  }

  /** Writes as fast as the server takes it. Returns whether the connection still stood at the end. */
  async write(data: string | Uint8Array, times = 1): Promise<boolean> {
    for (let i = 0; i < times; i++) {
      if (this.socket.destroyed) return false;
      if (!this.socket.write(data)) await Promise.race([once(this.socket, "drain").catch(() => {}), this.closed]);
    }
    return !this.socket.destroyed;
  }

  /** Begins to read, and waits for an answer whose end is known by its length, or for the end of the connection. */
  async answer(): Promise<RawAnswer> {
    this.socket.setEncoding("utf8");
    const whole = new Promise<void>((resolve) => {
      this.socket.on("data", (text) => {
        this.text += text;
        if (isWhole(this.text)) resolve();
      });
    });
    await Promise.race([whole, this.closed]);
    const [headers = "", ...body] = this.text.split("\r\n\r\n");
    return {
      status: Number(/^HTTP\/1\.1 (\d+)/.exec(headers)?.[1] ?? 0),
      headers,
      body: body.join("\r\n\r\n"),
      isReset: this.failure !== null,
    };
  }

  /** Waits until the connection has ended. */
  ended(): Promise<void> {
    return this.closed;
  }
}

function isWhole(text: string): boolean {
  const end = text.indexOf("\r\n\r\n");
  const length = /^content-length: (\d+)/im.exec(text.slice(0, Math.max(0, end)))?.[1];
  return length !== undefined && Buffer.byteLength(text.slice(end + 4)) >= Number(length);
}
