const NAME = "accord:api-key";

/** Where a key lies in this browser: until the tab closes, or until it is forgotten. */
export interface StoredKey {
  readonly key: string;
  readonly remembered: boolean;
}

/** Reads the key of this tab, else the one remembered on this machine; null where there is none. */
export function readKey(): StoredKey | null {
  const ofTab = attempt(() => sessionStorage.getItem(NAME));
  if (ofTab) return { key: ofTab, remembered: attempt(() => localStorage.getItem(NAME)) === ofTab };
  const ofMachine = attempt(() => localStorage.getItem(NAME));
  return ofMachine ? { key: ofMachine, remembered: true } : null;
}

/** Keeps a key for this tab and, when asked to remember it, for this machine; it never stands in an address. */
export function keepKey({ key, remembered }: StoredKey): void {
  forgetKey();
  attempt(() => sessionStorage.setItem(NAME, key));
  if (remembered) attempt(() => localStorage.setItem(NAME, key));
}

/** Removes the key from this tab and from this machine. */
export function forgetKey(): void {
  attempt(() => sessionStorage.removeItem(NAME));
  attempt(() => localStorage.removeItem(NAME));
}

/** Reads what a part of the page noted on this machine; null where there is nothing or storage is forbidden. */
export const readItem = (name: string): string | null => attempt(() => localStorage.getItem(name));

/** A browser may forbid storage to a page; the key then lives as long as the page is open. */
function attempt<T>(access: () => T): T | null {
  try {
    return access();
  } catch {
    return null;
  }
}

/**
 * What was typed as a key, cleaned of white space around it and of a "Bearer " copied along with it; null where it
 * cannot be one, for a header carries printable ASCII without spaces only.
 */
export function cleanKey(typed: string): string | null {
  const key = typed.trim().replace(/^Bearer\s+/i, "");
  return /^[\x21-\x7e]+$/.test(key) ? key : null;
}
