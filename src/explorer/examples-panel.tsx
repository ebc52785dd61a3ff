import { type GraphiQLPlugin, useEditorContext } from "@graphiql/react";
import { flushSync } from "react-dom";
import { type Example, parseExample } from "./examples.js";

/** The files of examples/, put in by the build. */
declare const EXAMPLE_FILES: ReadonlyArray<{ readonly file: string; readonly text: string }>;

/** The example queries, in the order of their file names. */
export const EXAMPLES: readonly Example[] = EXAMPLE_FILES.map(({ file, text }) => parseExample(file, text));

/** A panel of GraphiQL that lists the examples; a click opens one in a tab of its own. */
export const EXAMPLES_PANEL: GraphiQLPlugin = { title: "Examples", icon: ExamplesIcon, content: ExamplesPanel };

function ExamplesPanel() {
  const { queryEditor, variableEditor, tabs, activeTabIndex, addTab, changeTab } = useEditorContext({ nonNull: true });
  function open(example: Example): void {
    const opened = tabs.findIndex((tab) => tab.query?.trim() === example.query.trim());
    if (opened === activeTabIndex) return;
    if (opened >= 0) {
      changeTab(opened);
      return;
    }
    // The new tab writes its own empty contents into the editors when it renders: fill them after that.
    if (queryEditor?.getValue().trim()) flushSync(addTab);
    queryEditor?.setValue(example.query);
    variableEditor?.setValue(example.variables);
    queryEditor?.focus();
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
