import { Readable } from "node:stream";

/**
 * A stream of bytes of which the first are there: an error until then is thrown here, while it can still be answered. What is
 * behind them is made as it is read, and ended with the stream, also with one of which nothing was read.
 */
export async function beginStream(source: AsyncGenerator<Uint8Array, void>): Promise<Readable> {
  let first: IteratorResult<Uint8Array, void> | null = await source.next();
  const iterator: AsyncIterableIterator<Uint8Array> = {
    [Symbol.asyncIterator]: () => iterator,
    next: () => {
      const begun = first;
      first = null;
      return begun ? Promise.resolve(begun) : source.next();
    },
    return: () => source.return(),
    throw: (error) => source.throw(error),
  };
  return Readable.from(iterator, { objectMode: false });
}
