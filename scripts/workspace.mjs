/** The workspace: its root folder, its packages in layer order, and how a command is run in it. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** May-import table, lowest layer first. ARCHITECTURE.md draws it; `check-layers.mjs` enforces it. */
export const layers = {
  protocol: [],
  websocket: [],
  broker: [],
  "broker-sqlite": ["broker"],
  "fault-proxy": [],
  transport: ["websocket", "protocol"],
  client: ["protocol", "websocket"],
  server: ["transport", "broker", "protocol"],
  everwire: ["server", "broker-sqlite", "transport", "client", "broker", "websocket", "protocol"],
};

export const packages = Object.keys(layers);

export function packageName(folder) {
  return folder === "everwire" ? "everwire" : `@everwire/${folder}`;
}

export function readJson(path) {
  return JSON.parse(readFileSync(join(root, path), "utf8"));
}

export function say(text) {
  process.stdout.write(`\n[everwire] ${text}\n`);
}

/** Ends the script with a message for a person. */
export function fail(text) {
  process.stderr.write(`\n[everwire] ${text}\n`);
  process.exit(1);
}

/** Runs a command in the root with our output; returns its exit status (127 when it could not be started). */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: "inherit", ...options });
  return result.error ? 127 : (result.status ?? 1);
}

/** Runs a command and ends the script when it fails. */
export function must(what, command, args, options) {
  say(what);
  const status = run(command, args, options);
  if (status !== 0) fail(`${what}: failed with status ${status} (${command} ${args.join(" ")})`);
}

/** A tool of `node_modules/.bin`, run by this Node. */
export function tool(name) {
  return join(root, "node_modules", ".bin", name);
}

export function has(path) {
  return existsSync(join(root, path));
}
