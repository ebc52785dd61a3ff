import { writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { createSchema } from "./graphql-schema.js";
import { schemaText } from "./schema-text.js";

/** The package's root: this file's folder is three below it, in src/ as in dist/. */
const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

writeFileSync(path.join(ROOT, "src", "schema", "schema.graphql"), schemaText(await createSchema()));
