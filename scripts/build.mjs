/** Builds everything: packages, their tests, the playground. `--product` leaves the tests out, `--clean` starts anew. */
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { clean } from "./clean.mjs";
import { ensureDependencies } from "./dependencies.mjs";
import { must, root, tool } from "./workspace.mjs";

const site = join(root, "apps/playground/dist/web");
const served = join(root, "packages/everwire/dist/site");

export function build({ product = false, fromClean = false } = {}) {
  ensureDependencies();
  if (fromClean) clean();
  const targets = product ? ["packages/everwire", "apps/playground"] : [];
  must("compiling TypeScript (tsc -b)", process.execPath, [tool("tsc"), "-b", ...targets]);
  // A process of its own: the bundler is there only once the dependencies are.
  must("building the client's files for pages (rolldown)", process.execPath, [join(root, "scripts/bundle-client.mjs")]);
  must("building the playground (vite build)", process.execPath, [tool("vite"), "build", "--logLevel", "warn"], {
    cwd: join(root, "apps/playground"),
  });
  rmSync(served, { recursive: true, force: true });
  cpSync(site, served, { recursive: true });
}

if (process.argv[1] === import.meta.filename) {
  build({ product: process.argv.includes("--product"), fromClean: process.argv.includes("--clean") });
}
