#!/usr/bin/env bash
# graphql-sse 2.6.1: its client asks again after every answer that is not 2xx, 401 and 400 among them, five times by default
# with growing waits (some 40 s), before the caller hears of it. graphql-ws knows close codes after which it does not come
# back; graphql-sse's client has no status like that, and `retry` is not told the answer.
# Output seen: "a 401 was asked for 6 times", then "NetworkError".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --ignore-scripts --no-audit --no-fund --silent graphql@16.15.0 graphql-sse@2.6.1
cat >try.mjs <<'JS'
import http from "node:http";
import { createClient } from "graphql-sse";
let asked = 0;
const server = http.createServer((request, response) => {
  asked += 1;
  request.resume();
  response.writeHead(401, { "content-type": "application/json" }).end('{"errors":[{"message":"no key"}]}');
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
// The waits are left out; the number of tries is the default.
const client = createClient({ url: `http://127.0.0.1:${server.address().port}/`, retry: async () => {} });
const name = await client.iterate({ query: "{ a }" }).next().then(() => "no error", (error) => error.constructor.name);
console.log(`a 401 was asked for ${asked} times\n${name}`);
server.closeAllConnections();
server.close();
process.exit(asked === 6 ? 0 : 1);
JS
node try.mjs || exit 1
