#!/usr/bin/env bash
# @dsnp/parquetjs 1.8.8 beside hyparquet 1.33.0, both reading a file of parquet-wasm 0.8.0 and apache-arrow 21.2.0 (npm).
# Guessed: a column of lists, such as tags or messages, is read as arrays. Found: parquetjs gives the file's inner groups,
# {list: [{element: ...}]}, and an empty list becomes {list: null}: whoever takes .list.length of a row dies on the first
# conversation without messages. hyparquet gives arrays.
# Seen: parquetjs {"list":[{"element":"a"}]} and {"list":null}, hyparquet ["a"] and [].
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > npm.log
npm install --ignore-scripts --no-audit --no-fund @dsnp/parquetjs@1.8.8 hyparquet@1.33.0 parquet-wasm@0.8.0 apache-arrow@21.2.0 > npm.log 2>&1 || { cat npm.log; exit 1; }
cat > check.cjs <<'CHECK'
(async () => {
  const { Field, List, Table, Utf8, makeBuilder, tableToIPC } = await import("apache-arrow");
  const parquet = await import("parquet-wasm/node");
  const { parquetReadObjects } = await import("hyparquet");
  const { ParquetReader } = require("@dsnp/parquetjs");
  const builder = makeBuilder({ type: new List(Field.new("element", new Utf8(), true)), nullValues: [null] });
  for (const tags of [["a"], []]) builder.append(tags);
  const table = new Table({ tags: builder.finish().toVector() });
  const bytes = parquet.writeParquet(parquet.Table.fromIPCStream(tableToIPC(table, "stream")));
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const reader = await ParquetReader.openBuffer(Buffer.from(file));
  const cursor = reader.getCursor();
  const parquetjs = [(await cursor.next()).tags, (await cursor.next()).tags];
  await reader.close();
  const hyparquet = (await parquetReadObjects({ file })).map((row) => row.tags);
  console.log(JSON.stringify({ parquetjs, hyparquet }));
  if (JSON.stringify(parquetjs) !== '[{"list":[{"element":"a"}]},{"list":null}]') process.exit(1);
  if (JSON.stringify(hyparquet) !== '[["a"],[]]') process.exit(1);
})();
CHECK
node check.cjs || exit 1
