#!/usr/bin/env bash
# @dsnp/parquetjs 1.8.8 beside hyparquet 1.33.0, both reading a file of parquet-wasm 0.8.0 and apache-arrow 21.2.0 (npm).
# Guessed: an unsigned integer column is read as it was written. Found: parquetjs reads uint32 as signed, so that ids and
# hashes from 2^31 on come out negative, without a word; hyparquet reads them right.
# Seen: parquetjs -294967296, hyparquet 4000000000.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > npm.log
npm install --ignore-scripts --no-audit --no-fund @dsnp/parquetjs@1.8.8 hyparquet@1.33.0 parquet-wasm@0.8.0 apache-arrow@21.2.0 > npm.log 2>&1 || { cat npm.log; exit 1; }
cat > check.cjs <<'CHECK'
(async () => {
  const { Table, Uint32, makeBuilder, tableToIPC } = await import("apache-arrow");
  const parquet = await import("parquet-wasm/node");
  const { parquetReadObjects } = await import("hyparquet");
  const { ParquetReader } = require("@dsnp/parquetjs");
  const builder = makeBuilder({ type: new Uint32() });
  builder.append(4_000_000_000);
  const table = new Table({ id: builder.finish().toVector() });
  const bytes = parquet.writeParquet(parquet.Table.fromIPCStream(tableToIPC(table, "stream")));
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const reader = await ParquetReader.openBuffer(Buffer.from(file));
  const parquetjs = (await reader.getCursor().next()).id;
  await reader.close();
  const hyparquet = (await parquetReadObjects({ file }))[0].id;
  console.log({ parquetjs, hyparquet });
  if (parquetjs !== -294967296 || hyparquet !== 4_000_000_000) process.exit(1);
})();
CHECK
node check.cjs || exit 1
