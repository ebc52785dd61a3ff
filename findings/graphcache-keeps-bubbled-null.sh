#!/usr/bin/env bash
# @urql/exchange-graphcache 9.0.2: where a non-null field fails, GraphQL puts null in the place of the nearest parent that may
# be null, and names the field in the error's path. Graphcache spares null at the very path of an error, but keeps the parent's
# null: the next query for the parent, with no fault in it, is answered "null" from the cache, without asking the server.
# Output seen: "second answer: null, without an error, after 1 request".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --ignore-scripts --no-audit --no-fund --silent graphql@16.15.0 @urql/core@6.0.3 @urql/exchange-graphcache@9.0.2
cat >try.mjs <<'JS'
import { Client, fetchExchange } from "@urql/core";
import { cacheExchange } from "@urql/exchange-graphcache";
let asked = 0;
// What GraphQL answers where Thing.list is non-null, has failed, and Query.thing may be null.
const first = { data: { thing: null }, errors: [{ message: "first is too large", path: ["thing", "list"] }] };
const second = { data: { thing: { __typename: "Thing", id: "1" } } };
const answer = async () =>
  new Response(JSON.stringify(asked++ === 0 ? first : second), { headers: { "content-type": "application/json" } });
const client = new Client({ url: "http://localhost/", exchanges: [cacheExchange({}), fetchExchange], fetch: answer });
await client.query("{ thing { id list(first: 500) { id } } }", {});
const { data, error } = await client.query("{ thing { id } }", {});
console.log(`second answer: ${JSON.stringify(data?.thing)}, ${error ? "with" : "without"} an error, after ${asked} request`);
process.exit(data?.thing === null && !error && asked === 1 ? 0 : 1);
JS
node try.mjs || exit 1
