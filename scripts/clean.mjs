/** Removes what the build made. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { packages, root } from "./workspace.mjs";

export function clean() {
  for (const folder of [
    ...packages.map((name) => `packages/${name}`),
    "apps/playground",
    "examples",
    "test",
    "bench",
  ]) {
    rmSync(join(root, folder, "dist"), { recursive: true, force: true });
  }
}

if (process.argv[1] === import.meta.filename) clean();
