import type { FastifyInstance } from "fastify";
import type { Waiting, WaitingBytes } from "./waiting-bytes.js";

declare module "fastify" {
  interface FastifyRequest {
    /** What is held for the client of this request; set on every route that needs a key. */
    waiting: Waiting;
  }
}

/**
 * Counts what requests hold: their bodies, from the first byte until the answer is read, and answers until they are read. Bodies
 * and answers that are streamed are not held. To be registered behind the hook that sets the viewer.
 */
export function registerHeldRequests(app: FastifyInstance, waitingBytes: WaitingBytes): void {
  app.decorateRequest("waiting");
  app.addHook("onRequest", async (request, reply) => {
    // HTTP has no way to tell why; a body that is not whole is never acted on.
    const { socket } = request.raw;
    const destroy = () => socket.destroy();
    const waiting = waitingBytes.open({ tell: destroy, destroy }, request.viewer.keyId);
    request.waiting = waiting;
    const end = () => {
      waiting.end();
      socket.off("close", end);
      reply.raw.off("close", end);
    };
    // An answer behind another's on one connection never hears of the connection's end; and a client may have left already.
    reply.raw.once("close", end);
    socket.once("close", end);
    if (socket.destroyed || reply.raw.destroyed) end();
  });
  app.addHook("preParsing", (request, _reply, payload, done) => {
    if (!request.routeOptions.config.streamed)
      payload.on("data", (chunk: Buffer | string) => request.waiting.add(chunk.length));
    done(null, payload);
  });
  app.addHook("onSend", (request, _reply, payload, done) => {
    // There is none where the request was refused before.
    if (typeof payload === "string") request.waiting?.add(Buffer.byteLength(payload));
    else if (payload instanceof Uint8Array) request.waiting?.add(payload.length);
    done();
  });
}
