/** `npm start`: installs, builds and serves the chat. Arguments after `--` go to `everwire serve`. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { build } from "./build.mjs";
import { root, say } from "./workspace.mjs";

build({ product: true });
say("starting everwire serve");
const options = process.argv.slice(2);
const data = options.some((option) => option.startsWith("--data")) ? [] : ["--data", join(root, ".everwire")];
const server = spawn(process.execPath, [join(root, "packages/everwire/dist/bin.js"), "serve", ...data, ...options], {
  stdio: "inherit",
});
// A terminal sends Ctrl+C to the whole group; a supervisor signals this process alone, so hand it on.
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, () => server.kill(signal));
}
server.on("exit", (code, signal) => {
  process.exitCode = code ?? (signal ? 1 : 0);
});
