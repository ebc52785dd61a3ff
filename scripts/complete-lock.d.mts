/** What tests use of complete-lock.mjs. */
export interface Platform {
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
}

export function platformOf(name: string): Platform;
export function missingEntries(lock: {
  readonly packages: Readonly<Record<string, object>>;
}): Record<string, Platform & { version: string; dev?: true; optional: true }>;
