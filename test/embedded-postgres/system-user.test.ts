import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it as test } from "@jest/globals";
import {
  canEnter,
  chooseDataDirectory,
  databaseUser,
  defaultDataDirectory,
  isRoot,
} from "../../src/embedded-postgres/system-user.js";

describe("defaultDataDirectory", () => {
  const never = () => false;
  const always = () => true;

  test("is below the working directory for an ordinary user, whoever else may enter it", () => {
    expect(defaultDataDirectory("/home/ada/rlhf", ".data", false, never)).toEqual({
      directory: "/home/ada/rlhf/.data",
      note: null,
    });
  });

  test("is below the working directory for root where PostgreSQL's user can enter", () => {
    expect(defaultDataDirectory("/srv/accord", ".data-demo", true, always)).toEqual({
      directory: "/srv/accord/.data-demo",
      note: null,
    });
  });

  test.each([
    [".data", "/var/lib/accord"],
    [".data-demo", "/var/lib/accord-demo"],
  ])("for root below a closed folder, %s becomes %s, and a sentence says so", (name, directory) => {
    expect(defaultDataDirectory("/closed/accord", name, true, never)).toEqual({
      directory,
      note: `The data directory is ${directory}: PostgreSQL does not run as root, and its user cannot enter /closed/accord.`,
    });
  });

  test("of this process is below the temporary folder, which everybody may enter", () => {
    expect(chooseDataDirectory(os.tmpdir()).directory).toBe(path.join(os.tmpdir(), ".data"));
  });
});

describe("canEnter", () => {
  // Whoever runs the tests, somebody else.
  const stranger = { name: "stranger", uid: 64_321, gid: 64_321 };
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "accord enter-"));
    mkdirSync(path.join(folder, "inner"), { mode: 0o755 });
    symlinkSync(path.join(folder, "inner"), path.join(folder, "link"));
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each([
    [0o700, false],
    [0o744, false],
    [0o711, true],
    [0o755, true],
  ])("with a parent of mode %i (decimal), for others: %s", (mode, expected) => {
    chmodSync(folder, mode);
    for (const at of ["inner", "link", "inner/not/yet/made"]) {
      expect(canEnter(path.join(folder, at), stranger)).toBe(expected);
    }
  });

  test("is always so for ourselves", () => {
    chmodSync(folder, 0o700);
    expect(canEnter(path.join(folder, "inner"), null)).toBe(true);
  });
});

describe("databaseUser", () => {
  test("is another user for root, and ourselves for anybody else", () => {
    const user = databaseUser(path.join(os.tmpdir(), "no such cluster"));
    if (isRoot()) expect(user).toMatchObject({ name: expect.stringMatching(/^(_?postgres|nobody)$/) });
    else expect(user).toBeNull();
  });
});
