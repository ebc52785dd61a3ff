import { once } from "node:events";
import { WebSocket } from "ws";

export interface Message {
  readonly type: string;
  readonly id?: string;
  readonly payload?: unknown;
}

/** A socket that speaks graphql-transport-ws by hand, for what a well-behaved client never does. */
export class RawWebSocket {
  readonly messages: Message[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  private arrived: () => void = () => {};

  private constructor(readonly socket: WebSocket) {
    socket.on("message", (data) => {
      this.messages.push(JSON.parse(String(data)));
      this.arrived();
    });
    socket.on("error", () => {});
    this.closed = new Promise((resolve) => {
      socket.on("close", (code, reason) => {
        resolve({ code, reason: String(reason) });
        this.arrived();
      });
    });
  }

  /** Opens a socket; with a key, up to connection_ack. */
  static async open(url: string, key?: string): Promise<RawWebSocket> {
    const socket = new WebSocket(`${url.replace("http", "ws")}/graphql`, "graphql-transport-ws");
    const raw = new RawWebSocket(socket);
    await once(socket, "open");
    if (key !== undefined) {
      raw.send({ type: "connection_init", payload: { authorization: `Bearer ${key}` } });
      await raw.next((message) => message.type === "connection_ack");
    }
    return raw;
  }

  send(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  subscribe(id: string, query: string, variables: object = {}): void {
    this.send({ id, type: "subscribe", payload: { query, variables } });
  }

  /** The first message that fits, which may have come already; null when the socket closes before. */
  async next(fits: (message: Message) => boolean): Promise<Message | null> {
    for (;;) {
      const found = this.messages.find(fits);
      if (found) return found;
      if (this.socket.readyState >= WebSocket.CLOSING) return null;
      await new Promise<void>((resolve) => {
        this.arrived = resolve;
      });
    }
  }
}
