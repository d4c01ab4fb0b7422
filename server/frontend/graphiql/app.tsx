/** The page: who is logged in, and GraphiQL below. */

import { DOC_EXPLORER_PLUGIN } from "@graphiql/plugin-doc-explorer";
import { HISTORY_PLUGIN } from "@graphiql/plugin-history";
import { GraphiQL } from "graphiql";
import { useEffect, useState } from "react";
import { Colours } from "./colours.tsx";
import { type Example, readExamples } from "./examples.ts";
import { ask } from "./fetcher.ts";
import { SessionBar } from "./session_bar.tsx";
import { isEmpty, storage } from "./storage.ts";
import { TOKEN_PLUGIN } from "./token_view.tsx";

const PLUGINS = [HISTORY_PLUGIN, TOKEN_PLUGIN];

/** Everything there is to see. */
export function App() {
  return (
    <>
      <SessionBar />
      <main>
        <Editor />
      </main>
    </>
  );
}

/** GraphiQL; on a first visit with an example in a tab for each thing that can be asked. */
function Editor() {
  const [examples, setExamples] = useState<Example[]>();
  useEffect(() => {
    void (isEmpty() ? readExamples(ask) : Promise.resolve([])).then(setExamples);
  }, []);
  if (!examples) return null;
  return (
    <GraphiQL
      fetcher={ask}
      storage={storage}
      plugins={PLUGINS}
      referencePlugin={DOC_EXPLORER_PLUGIN}
      defaultEditorToolsVisibility="variables"
      showPersistHeadersSettings={false}
      {...begin(examples)}
    >
      <GraphiQL.Logo>
        <Colours />
      </GraphiQL.Logo>
    </GraphiQL>
  );
}

/** The properties that make these the first tabs; GraphiQL itself fills its editors with none. */
function begin([first, ...more]: Example[]) {
  if (!first) return {};
  const { query: initialQuery, variables: initialVariables = "" } = first;
  return { defaultTabs: [first, ...more], initialQuery, initialVariables };
}
