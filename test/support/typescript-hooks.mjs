/**
 * Lets plain Node import the TypeScript sources, for what runs outside of jest's own transform: a global set-up is
 * an ES module of Node's. The same compiler and options as in jest.config.mjs.
 */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { transform } from "@swc/core";
import jestConfig from "../../jest.config.mjs";

const [[, [, options]]] = Object.entries(jestConfig.projects[0].transform);

/** "./x.js" means "./x.ts" where only that exists. */
export async function resolve(specifier, context, next) {
  if (/^\.{1,2}\/.*\.js$/.test(specifier) && context.parentURL?.endsWith(".ts")) {
    const source = new URL(specifier.replace(/\.js$/, ".ts"), context.parentURL);
    if (existsSync(source)) return { url: source.href, format: "module", shortCircuit: true };
  }
  return next(specifier, context);
}

export async function load(url, context, next) {
  if (!url.endsWith(".ts")) return next(url, context);
  const filename = fileURLToPath(url);
  const { code } = await transform(readFileSync(filename, "utf8"), { ...options, filename, swcrc: false });
  return { format: "module", source: code, shortCircuit: true };
}
