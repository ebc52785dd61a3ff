import { PluginContextProvider } from "@graphiql/react";
import { GraphiQL } from "graphiql";
import { useCallback, useEffect, useMemo, useState } from "react";
import { isRefusal, post } from "./endpoint.js";
import { EXAMPLES, EXAMPLES_PANEL, KeyOfPage } from "./examples-panel.js";
import { connect } from "./fetcher.js";
import { KeyBar, type KeyState } from "./key-bar.js";
import { forgetKey, keepKey, readItem, readKey, type StoredKey } from "./key-store.js";

const PLUGINS = [EXAMPLES_PANEL];
const FIRST_TABS = EXAMPLES.slice(0, 1).map(({ query, variables }) => ({ query, variables, headers: null }));

/** Shown at the first visit; GraphiQL notes in its storage when somebody has closed the panel, and it then stays closed. */
const OPEN_PANEL = readItem("graphiql:docExplorerFlex") === "hide-first" ? {} : { visiblePlugin: EXAMPLES_PANEL };

/** The page: the key above, GraphiQL below. A new key asks for the schema again; no key asks the server nothing. */
export function Explorer() {
  const [key, setKey] = useState(() => readKey()?.key ?? null);
  const [state, setState] = useState<KeyState>(() =>
    key ? { kind: "checking" } : { kind: "missing", sentence: null },
  );

  const refuse = useCallback((sentence: string) => {
    forgetKey();
    setKey(null);
    setState({ kind: "missing", sentence: `The server refused this key. ${sentence}`.trim() });
  }, []);

  useEffect(() => {
    if (key === null) return;
    const leaving = new AbortController();
    void askWhose(key, leaving.signal).then((found) => {
      if (leaving.signal.aborted) return;
      if (typeof found === "string") refuse(found);
      else setState(found);
    });
    return () => leaving.abort();
  }, [key, refuse]);

  const connection = useMemo(() => connect(key, refuse), [key, refuse]);
  useEffect(() => connection.dispose, [connection]);

  function use(given: StoredKey): void {
    keepKey(given);
    setState({ kind: "checking" });
    setKey(given.key);
  }
  function forget(): void {
    forgetKey();
    setKey(null);
    setState({ kind: "missing", sentence: null });
  }

  // GraphiQL lays itself out by the panel that is open when it first renders, but opens one only after that: its store of
  // panels is therefore filled by a provider around it, one render earlier.
  const [panelIsOpen, setPanelIsOpen] = useState(false);
  useEffect(() => setPanelIsOpen(true), []);

  return (
    <KeyOfPage.Provider value={key}>
      <PluginContextProvider plugins={PLUGINS} {...OPEN_PANEL}>
        <KeyBar key={state.kind === "missing" ? state.sentence : "given"} state={state} onKey={use} onForget={forget} />
        <main>
          {panelIsOpen && (
            <GraphiQL
              fetcher={connection.fetcher}
              {...(key === null ? { schema: null } : {})}
              schemaDescription
              inputValueDeprecation
              plugins={PLUGINS}
              {...OPEN_PANEL}
              defaultTabs={FIRST_TABS}
              defaultEditorToolsVisibility="variables"
              isHeadersEditorEnabled={false}
              shouldPersistHeaders={false}
            >
              <GraphiQL.Logo> </GraphiQL.Logo>
            </GraphiQL>
          )}
        </main>
      </PluginContextProvider>
    </KeyOfPage.Provider>
  );
}

/** Asks the server whose key it is. @returns what to show, or the server's sentence where it refuses the key. */
async function askWhose(key: string, signal: AbortSignal): Promise<KeyState | string> {
  const answer = await post({ query: "query Whose { viewer { name role } }" }, key, signal);
  const message = answer.errors?.[0]?.message ?? "The server did not say whose key this is.";
  if (isRefusal(answer)) return message;
  const { viewer } = (answer.data ?? {}) as { viewer?: { name: string; role: string } };
  return viewer ? { kind: "accepted", ...viewer } : { kind: "unknown", sentence: message };
}
