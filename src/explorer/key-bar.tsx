import { type FormEvent, useState } from "react";
import { cleanKey, type StoredKey } from "./key-store.js";

/** What is known about the key. */
export type KeyState =
  | { readonly kind: "missing"; readonly sentence: string | null }
  | { readonly kind: "checking" }
  | { readonly kind: "accepted"; readonly name: string; readonly role: string }
  | { readonly kind: "unknown"; readonly sentence: string };

/** The header: the name, and either the field for a key or whose key is in use. */
export function KeyBar(props: { state: KeyState; onKey(key: StoredKey): void; onForget(): void }) {
  const { state } = props;
  return (
    <header className="key-bar">
      <h1>Accord</h1>
      {state.kind === "missing" ? (
        <KeyForm sentence={state.sentence} onKey={props.onKey} />
      ) : (
        <>
          <p role="status" className={state.kind === "unknown" ? "wrong" : undefined}>
            {describe(state)}
          </p>
          <button type="button" onClick={props.onForget}>
            Forget key
          </button>
        </>
      )}
    </header>
  );
}

function describe(state: Exclude<KeyState, { kind: "missing" }>): string {
  if (state.kind === "checking") return "Asking the server about this key …";
  return state.kind === "accepted" ? `Key of ${state.name}, ${state.role}` : state.sentence;
}

function KeyForm({ sentence, onKey }: { sentence: string | null; onKey(key: StoredKey): void }) {
  const [wrong, setWrong] = useState(sentence);
  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const key = cleanKey(String(fields.get("key")));
    if (key === null) setWrong("A key is one word of printable ASCII letters, digits and signs.");
    else onKey({ key, remembered: fields.has("remember") });
  }
  return (
    <>
      <form onSubmit={submit} autoComplete="off">
        <input
          name="key"
          type="password"
          aria-label="API key"
          placeholder="API key"
          autoComplete="off"
          spellCheck={false}
          // biome-ignore lint/a11y/noAutofocus: the one thing to do on this page before anything else
          autoFocus
        />
        <button type="submit">Use key</button>
        <label>
          <input name="remember" type="checkbox" /> remember on this machine
        </label>
      </form>
      <p role="status" className={wrong === null ? undefined : "wrong"}>
        {wrong ?? "Type the key that the server printed at its first start, or one of your own."}
      </p>
    </>
  );
}
