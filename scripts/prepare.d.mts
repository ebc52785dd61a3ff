/** What tests use of prepare.mjs. */
interface PlatformLists {
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
}

interface LockFile {
  readonly packages: Readonly<
    Record<string, PlatformLists & { version?: string; integrity?: string; optional?: boolean }>
  >;
}

export function unsupportedNode(version: string): string | undefined;
export function belongsHere(entry: PlatformLists, platform?: string, cpu?: string): boolean;
export function installationMatches(
  lock: LockFile,
  installed: LockFile | undefined,
  isThere: (where: string) => boolean,
): boolean;
export function hashOf(root: string, inputs: readonly string[], except?: readonly string[]): string;
