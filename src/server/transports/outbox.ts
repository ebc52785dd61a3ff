import type { WebSocket } from "ws";
import type { Waiting } from "../requests/waiting-bytes.js";

/** A message goes out in pieces of so many bytes, the next when the one before has left. */
const PIECE_BYTES = 65_536;

/** How long a client that is cut off has to read why, in milliseconds. */
export const TOLD_MS = 5_000;

/** How long a client has to read what waits before its socket is closed, in milliseconds. */
const FAREWELL_MS = 30_000;

/** What a client is cut off with that does not read. */
export const TOO_MUCH_WAITS = 4413;

interface Message {
  readonly data: Buffer;
  sent: number;
  readonly done: () => void;
}

/**
 * What waits to be sent over a WebSocket. Little of it is given to the socket at a time, in fragments of a message: what waits
 * can be dropped, and then the reason goes out before it.
 */
export class Outbox {
  private readonly messages: Message[] = [];
  private isClosed = false;
  private farewell: { readonly code: number; readonly reason: string } | null = null;
  private isSending = false;

  constructor(
    private readonly socket: WebSocket,
    private readonly waiting: Waiting,
  ) {
    socket.once("close", () => this.drop());
  }

  /** Sends a message after those before it; resolves when it has left, or never will. */
  send(data: string): Promise<void> {
    if (this.isClosed || this.farewell !== null || this.socket.readyState !== this.socket.OPEN)
      return Promise.resolve();
    return new Promise((done) => {
      const bytes = Buffer.from(data);
      this.messages.push({ data: bytes, sent: 0, done });
      this.waiting.add(bytes.length);
      this.pump();
    });
  }

  /** Closes the socket after what waits, which a client has a while to read. */
  close(code: number, reason: string): void {
    if (this.isClosed || this.farewell !== null) return;
    this.farewell = { code, reason };
    setTimeout(() => this.socket.terminate(), FAREWELL_MS).unref();
    this.pump();
  }

  /** Drops what waits and closes the socket with the reason. */
  cut(code: number, reason: string): void {
    this.drop();
    if (this.socket.readyState === this.socket.OPEN) this.socket.close(code, reason);
    setTimeout(() => this.socket.terminate(), TOLD_MS).unref();
  }

  private drop(): void {
    this.isClosed = true;
    for (const { data, sent, done } of this.messages.splice(0)) {
      this.waiting.take(data.length - sent);
      done();
    }
  }

  private pump(): void {
    if (this.isSending || this.isClosed) return;
    const [message] = this.messages;
    if (message === undefined) {
      if (this.farewell !== null) this.socket.close(this.farewell.code, this.farewell.reason);
      return;
    }
    const { data, sent, done } = message;
    const piece = data.subarray(sent, sent + PIECE_BYTES);
    const fin = sent + piece.length === data.length;
    this.isSending = true;
    this.socket.send(piece, { binary: false, fin }, () => {
      this.isSending = false;
      if (this.isClosed) return;
      message.sent += piece.length;
      this.waiting.take(piece.length);
      if (fin) {
        this.messages.shift();
        done();
      }
      this.pump();
    });
  }
}
