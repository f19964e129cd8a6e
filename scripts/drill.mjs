/** `npm run drill -- NAME [OPTIONS]`: compiles what the drills need and runs one. `npm run drill` explains itself. */
import { ensureDependencies } from "./dependencies.mjs";
import { must, run, tool } from "./workspace.mjs";

ensureDependencies();
must("compiling TypeScript (tsc -b test)", process.execPath, [tool("tsc"), "-b", "test"]);
process.exitCode = run(process.execPath, [
  "--enable-source-maps",
  "test/dist/drills/main.js",
  ...process.argv.slice(2),
]);
