import "./workers.ts";
import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "graphiql/graphiql.css";
import { createRoot } from "react-dom/client";
import { GraphiQL } from "graphiql";
createRoot(document.getElementById("root")!).render(<GraphiQL fetcher={async (p) => (await fetch("graphql", {method: "POST", headers: {"content-type": "application/json"}, body: JSON.stringify(p)})).json()} />);
