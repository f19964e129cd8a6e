/** `npm run check`: format and lint, clean build, layers, type-aware lint, tests of the packages, exports. */
import { build } from "./build.mjs";
import { ensureDependencies } from "./dependencies.mjs";
import { must, tool } from "./workspace.mjs";

const node = process.execPath;

export function check({ fromClean = true } = {}) {
  ensureDependencies();
  must("format and lint (biome)", node, [tool("biome"), "check", "."]);
  build({ fromClean });
  must("layers", node, ["scripts/check-layers.mjs"]);
  must("type-aware lint (oxlint)", node, [
    tool("oxlint"),
    "--type-aware",
    "--deny-warnings",
    "packages",
    "apps",
    "examples",
    "test",
  ]);
  must("exports", node, ["scripts/check-exports.mjs"]);
  must("tests of the packages", node, ["scripts/run-tests.mjs", "packages", "apps", "bench"]);
}

if (process.argv[1] === import.meta.filename) check();
