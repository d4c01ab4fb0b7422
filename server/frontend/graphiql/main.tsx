import "./workers.ts";
import "monaco-graphql/esm/monaco-editor.js";
import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "graphiql/graphiql.css";
import "./style.css";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { auth, isBack } from "./session.ts";

void isBack.then(() => auth.restore());
const root = document.getElementById("root");
if (root) createRoot(root).render(<App />);
