import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "graphiql/graphiql.css";
import "./explorer.css";
import "./monaco-workers";
import { createRoot } from "react-dom/client";
import { Explorer } from "./explorer";

const root = document.getElementById("explorer");
if (root) createRoot(root).render(<Explorer />);
