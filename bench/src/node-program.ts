import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Command } from "./pinning.ts";

/** One of the programs in `servers`. */
export function nodeServer(file: string, nodeOptions: readonly string[]): Command {
  return { program: process.execPath, args: [...nodeOptions, join(import.meta.dirname, "servers", file)] };
}

export function packageVersion(name: string): string {
  // The manifest is not among a package's exports, so it is found beside its entry.
  let folder = dirname(createRequire(import.meta.url).resolve(name));
  while (!existsSync(join(folder, "package.json"))) folder = dirname(folder);
  return createRequire(import.meta.url)(join(folder, "package.json")).version;
}
