import type { IncomingMessage } from "node:http";
import type { FastifyInstance } from "fastify";

/** How much of what a client still sends after its answer is read and dropped: so many bytes … */
const DROPPED_BYTES = 1_073_741_824;
/** … and so long, in milliseconds; then its connection is cut. */
const DROPPED_MS = 60_000;

/** How often is looked how much came, in milliseconds. */
const LOOK_MS = 50;

/** What is read and dropped of a body that nobody wants any more. */
export interface Unread {
  readonly bytes: number;
  readonly ms: number;
}

/**
 * Lets a refusal arrive. It is sent at once, also while the client still sends: who reads it may stop, and who first sends
 * everything finds it afterwards, for the rest of the body is read and dropped within a bound. A connection that was closed
 * with unread bytes in it would be reset, and the refusal lost; one that the client wants closed is, when all was read.
 */
export function registerUnreadBodies(
  app: FastifyInstance,
  { bytes, ms }: Unread = { bytes: DROPPED_BYTES, ms: DROPPED_MS },
): void {
  const closed = new WeakSet<IncomingMessage>();
  app.addHook("onSend", (request, reply, _payload, done) => {
    if (!isRead(request.raw)) {
      // Fastify asks to close after a body that is too large, and the client may have asked for it itself.
      reply.removeHeader("connection");
      if (!reply.raw.shouldKeepAlive) closed.add(request.raw);
      reply.raw.shouldKeepAlive = true;
    }
    done();
  });
  app.addHook("onResponse", ({ raw }, _reply, done) => {
    const close = () => closed.has(raw) && raw.socket.end();
    if (isRead(raw)) close();
    else drop(raw, { bytes, ms }, close);
    done();
  });
}

const isRead = (request: IncomingMessage): boolean => request.complete || request.destroyed;

function drop(request: IncomingMessage, { bytes, ms }: Unread, onRead: () => void): void {
  const { socket } = request;
  const before = socket.bytesRead;
  const until = performance.now() + ms;
  const look = () => {
    if (socket.bytesRead - before > bytes || performance.now() > until) socket.destroy();
    // Whoever was reading may only let go with the next piece; before that, this has no effect.
    else request.resume();
  };
  const timer = setInterval(look, LOOK_MS).unref();
  const end = () => clearInterval(timer);
  request.once("end", onRead).once("end", end).once("close", end).on("error", end);
  look();
}
