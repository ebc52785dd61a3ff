import { execFileSync } from "node:child_process";
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { writeAtomically } from "../../../src/cli/server/atomic-write.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "accord-whole-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a file is there whole, and a writing that fails leaves the one before and nothing else", async () => {
  const file = path.join(folder, "report.html");
  await writeAtomically(file, (target) => writeFile(target, "first"));
  const broken = writeAtomically(file, async (target) => {
    await writeFile(target, "half");
    throw new Error("the disk is full");
  });
  await expect(broken).rejects.toThrow("the disk is full");
  expect(readFileSync(file, "utf8")).toBe("first");
  expect(readdirSync(folder)).toEqual(["report.html"]);
});

test("two at the same time do not mix: one of them is there, whole", async () => {
  const file = path.join(folder, "report.html");
  const texts = ["a".repeat(1e6), "b".repeat(1e6)];
  await Promise.all(texts.map((text) => writeAtomically(file, (target) => writeFile(target, text))));
  expect(texts).toContain(readFileSync(file, "utf8"));
  expect(readdirSync(folder)).toEqual(["report.html"]);
});

test("what is no regular file is written into, and stays what it is", async () => {
  const pipe = path.join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  const read = readFile(pipe, "utf8");
  await writeAtomically(pipe, (target) => writeFile(target, "through"));
  expect(await read).toBe("through");
  expect(lstatSync(pipe).isFIFO()).toBe(true);
  writeFileSync(path.join(folder, "other"), "");
  await expect(writeAtomically(folder, (target) => writeFile(target, "x"))).rejects.toMatchObject({ code: "EISDIR" });
});
