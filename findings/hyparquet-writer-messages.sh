#!/usr/bin/env bash
# hyparquet-writer 0.17.0, read by hyparquet 1.33.0 and by parquet-wasm 0.8.0 with apache-arrow 21.2.0 (npm).
# Guessed: a column of messages (lists of {role, content}) is written as a list of structs, as every preference data set
# on the Hub has it. Found: without a schema it becomes one JSON text a row; hyparquet hides that by parsing it again, so a
# round trip looks right, while Arrow readers see a column of strings, and "messages" is no list to a trainer.
# Seen: hyparquet an array, arrow "Utf8".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > npm.log
npm install --ignore-scripts --no-audit --no-fund hyparquet-writer@0.17.0 hyparquet@1.33.0 parquet-wasm@0.8.0 apache-arrow@21.2.0 > npm.log 2>&1 || { cat npm.log; exit 1; }
cat > check.cjs <<'CHECK'
(async () => {
  const { parquetWriteBuffer } = await import("hyparquet-writer");
  const { parquetReadObjects } = await import("hyparquet");
  const parquet = await import("parquet-wasm/node");
  const { tableFromIPC } = await import("apache-arrow");
  const messages = [
    { role: "user", content: "Hello" },
    { role: "assistant", content: "Hi" },
  ];
  const file = parquetWriteBuffer({ columnData: [{ name: "messages", data: [messages] }] });
  const rows = await parquetReadObjects({ file });
  const table = tableFromIPC(parquet.readParquet(new Uint8Array(file)).intoIPCStream());
  const type = String(table.schema.fields[0].type);
  console.log({ hyparquet: Array.isArray(rows[0].messages), arrow: type });
  if (!Array.isArray(rows[0].messages) || type !== "Utf8") process.exit(1);
})();
CHECK
node check.cjs || exit 1
