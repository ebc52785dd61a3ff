import { createRoot } from "react-dom/client";
import { Explorer } from "./explorer.js";
import "graphiql/style.css";
import "./explorer.css";

createRoot(document.getElementById("explorer")!).render(<Explorer />);
