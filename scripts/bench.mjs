/** `npm run bench -- NAME [OPTIONS]`: compiles what the benchmarks need and runs one. `npm run bench` lists them. */
import { ensureDependencies } from "./dependencies.mjs";
import { must, run, tool } from "./workspace.mjs";

ensureDependencies();
if (process.argv[2] === "bundle") {
  must("compiling TypeScript (tsc -b packages/client)", process.execPath, [tool("tsc"), "-b", "packages/client"]);
  process.exit(run(process.execPath, ["scripts/bundle-size.mjs"]));
}
must("compiling TypeScript (tsc -b bench)", process.execPath, [tool("tsc"), "-b", "bench"]);
process.exitCode = run(process.execPath, ["--enable-source-maps", "bench/dist/main.js", ...process.argv.slice(2)]);
