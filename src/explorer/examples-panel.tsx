import { type GraphiQLPlugin, useEditorContext } from "@graphiql/react";
import { createContext, useCallback, useContext, useEffect, useState } from "react";
import { flushSync } from "react-dom";
import { post } from "./endpoint.js";
import { type Example, fillIds, parseExample } from "./examples.js";

/** The files of examples/, put in by the build. */
declare const EXAMPLE_FILES: ReadonlyArray<{ readonly file: string; readonly text: string }>;

/** The example queries, in the order of their file names. */
export const EXAMPLES: readonly Example[] = EXAMPLE_FILES.map(({ file, text }) => parseExample(file, text));

/** A panel of GraphiQL that lists the examples; a click opens one in a tab of its own. */
export const EXAMPLES_PANEL: GraphiQLPlugin = { title: "Examples", icon: ExamplesIcon, content: ExamplesPanel };

/** The key of the page, with which the panel looks up ids. */
export const KeyOfPage = createContext<string | null>(null);

function ExamplesPanel() {
  const { queryEditor, variableEditor, tabs, activeTabIndex, addTab, changeTab } = useEditorContext({ nonNull: true });
  const key = useContext(KeyOfPage);
  const [missing, setMissing] = useState<Example | null>(null);

  /** Puts the ids into the variables of an example, if they still stand in the editor as the example has them. */
  const fill = useCallback(
    async (example: Example) => {
      if (example.ids === null || key === null) return;
      const filled = fillIds(example.variables, (await post({ query: example.ids }, key)).data);
      if (variableEditor?.getValue() !== example.variables) return;
      if (filled !== null) variableEditor.setValue(filled);
      setMissing(filled === null ? example : null);
    },
    [key, variableEditor],
  );
  // What was opened before there was a key is filled in when there is one.
  useEffect(() => {
    const opened = EXAMPLES.find(({ ids, variables }) => ids !== null && variables === variableEditor?.getValue());
    if (opened) void fill(opened);
  }, [fill, variableEditor]);

  function open(example: Example): void {
    setMissing(null);
    const opened = tabs.findIndex((tab) => tab.query?.trim() === example.query.trim());
    if (opened >= 0) {
      if (opened !== activeTabIndex) flushSync(() => changeTab(opened));
    } else {
      // The new tab writes its own empty contents into the editors when it renders: fill them after that.
      if (queryEditor?.getValue().trim()) flushSync(addTab);
      queryEditor?.setValue(example.query);
      variableEditor?.setValue(example.variables);
      queryEditor?.focus();
    }
    void fill(example);
  }
  return (
    <section aria-label="Examples" className="examples">
      <h2 className="examples-title">Examples</h2>
      <ul>
        {EXAMPLES.map((example) => (
          <li key={example.file}>
            <button type="button" onClick={() => open(example)}>
              {example.title}
            </button>
            {missing === example && <p role="alert">Ids are not filled in: this example needs {example.needs}.</p>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function ExamplesIcon(props: object) {
  return (
    <svg
      viewBox="0 0 16 16"
      height="1em"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      aria-hidden="true"
      {...props}
    >
      <path d="M5 3.5h9M5 8h9M5 12.5h9M2 3.5h.5M2 8h.5M2 12.5h.5" strokeLinecap="round" />
    </svg>
  );
}
