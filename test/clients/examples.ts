import { readFileSync } from "node:fs";
import { WebSocket } from "ws";

// Browsers have it, and Node from 22 on; Jest's environment hides Node's.
Object.assign(globalThis, { WebSocket });

const PAGE = readFileSync(new URL("../../docs/clients.md", import.meta.url), "utf8");

/** A block of docs/clients.md by its language and name. */
export function block(language: "js" | "json", name: string): string {
  const found = new RegExp(`\`\`\`${language} ${name}\\n(.*?)\`\`\``, "s").exec(PAGE)?.[1];
  if (found === undefined) throw new Error(`docs/clients.md has no ${language} block ${name}.`);
  return found;
}

/** Loads a package as the test does. */
type Load = (name: string) => Promise<unknown>;

/** The client that a block of docs/clients.md makes: its very lines, with `url`, `key` and, where given, `fetch` and others. */
export async function exampleClient<Client>(
  name: string,
  scope: Readonly<{ url: string; key: string }> & Readonly<Record<string, unknown>>,
  load: Load = (specifier) => import(specifier),
): Promise<Client> {
  const body = block("js", name)
    .replace(/^import (\{[^}]*\}) from ("[^"]+");$/gm, (_, names: string, from: string) => {
      return `const ${names} = await load(${from});`;
    })
    .replace("export const client =", "const client =");
  const AsyncFunction = (async () => {}).constructor as new (...text: string[]) => (...values: unknown[]) => unknown;
  const run = new AsyncFunction("load", ...Object.keys(scope), `${body}\nreturn { client };`);
  const { client } = (await run(load, ...Object.values(scope))) as { client: Client };
  return client;
}
