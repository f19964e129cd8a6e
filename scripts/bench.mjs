/** `npm run bench -- NAME [OPTIONS]`: builds, then runs the benchmark of that name. `npm run bench` lists them. */
import { build } from "./build.mjs";
import { run } from "./workspace.mjs";

build();
process.exitCode = run(process.execPath, ["bench/dist/main.js", ...process.argv.slice(2)]);
