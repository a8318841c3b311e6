import { render } from "preact";
import "./style/base.css";
import "./style/shell.css";
import "./style/parts.css";
import "./style/tables.css";
import "./style/forms.css";
import "./style/layers.css";
import { App, start } from "./app";

void start();
render(<App />, document.body);
