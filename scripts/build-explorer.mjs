/**
 * Bundles the explorer, the page a browser gets at /graphql, with everything it needs: no address of anyone else is
 * asked when it runs. Writes index.html and assets/ into dist/explorer, or into the folder given as first argument.
 * Each asset bears a hash of its contents in its name and has a gzip twin beside it.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const source = join(root, "src", "explorer");
const folder = resolve(process.argv[2] ?? join(root, "dist", "explorer"));

const examples = readdirSync(join(root, "examples"))
  .filter((file) => file.endsWith(".graphql"))
  .sort()
  .map((file) => ({ file, text: readFileSync(join(root, "examples", file), "utf8") }));

const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: { explorer: join(source, "main.tsx") },
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  outdir: join(folder, "assets"),
  entryNames: "[name]-[hash]",
  define: { "process.env.NODE_ENV": '"production"', EXAMPLE_FILES: JSON.stringify(examples) },
  tsconfig: join(source, "tsconfig.json"),
  write: false,
  logLevel: "warning",
});

rmSync(folder, { recursive: true, force: true });
mkdirSync(join(folder, "assets"), { recursive: true });
for (const { path, contents } of outputFiles) {
  writeFileSync(path, contents);
  writeFileSync(`${path}.gz`, gzipSync(contents, { level: 9 }));
}

const asset = (ending) => basename(outputFiles.find(({ path }) => path.endsWith(ending)).path);
const page = readFileSync(join(source, "index.html"), "utf8");
writeFileSync(join(folder, "index.html"), page.replace("%STYLE%", asset(".css")).replace("%SCRIPT%", asset(".js")));
