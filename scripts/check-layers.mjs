/**
 * The house's import rules, read from the sources: packages import downwards only, nothing imports its own `index.ts`,
 * pure code touches neither Node nor sockets. `tsc -b` alone misses an upward import when workspaces are linked.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { layers, packageName, packages, root } from "./workspace.mjs";

/** Group 1: the names, with `type ` in front when only types are imported; group 2: the module. */
const imported = /\b(?:import|export)\b([^"';]*?)(?:\bfrom\s*|\(\s*)?"([^"]+)"/g;

/** Names that bring no socket along: types, and what node:http knows about the text of a header. */
const pure = /^\s*(type\b|\{(\s*(type \w+|STATUS_CODES|validateHeader\w+),?)+\s*\})/;

/** Files of `websocket` that may touch sockets, servers and timers; the rest is bytes in, bytes out. */
const websocketShells = new Set([
  "connection/accepted-sockets.ts",
  "connection/connection.ts",
  "connection/deadline-wheel.ts",
  "connection/handle-write.ts",
  "connection/shared-read.ts",
  "connection/socket-owner.ts",
  "connection/socket-takeover.ts",
  "connection/write-turn.ts",
  "handshake/accept.ts",
  "handshake/connect.ts",
  "handshake/dial.ts",
  "handshake/http2-upgrade.ts",
  "handshake/plain-upgrades.ts",
  "socket/own-server.ts",
  "socket/websocket-server.ts",
]);

/** The folders inside a package, lowest first: a file imports from its own folder and from those before it. */
const rooms = {
  websocket: ["header", "frame", "deflate", "connection", "handshake", "socket"],
  transport: ["packet", "http", "session", "stock", "lossless", "carriers", "listener"],
  client: ["packet", "transport", "session", "channel", "socket", "contract", "browser", "node"],
  server: [
    "packet",
    "event",
    "call",
    "limits",
    "authentication",
    "contract",
    "repeats",
    "recovery",
    "engine",
    "runtime",
    "broadcast",
    "socket",
    "namespace",
    "server",
    "channel",
    "testing",
  ],
};

function isUpstairs(folder, file, specifier) {
  const order = rooms[folder] ?? [];
  const [, target = ""] = specifier.match(/^\.\.\/([\w-]+)\//) ?? [];
  return order.indexOf(target) > order.indexOf(file.split("/")[3]);
}

function* sources(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sources(path);
    else if (/\.tsx?$/.test(entry.name)) yield path;
  }
}

function packageOf(specifier) {
  return packages.find(
    (folder) => specifier === packageName(folder) || specifier.startsWith(`${packageName(folder)}/`),
  );
}

/** Why this import is not allowed there, or nothing. */
function fault(folder, file, specifier, isPure) {
  const test = file.endsWith(".test.ts");
  const target = packageOf(specifier);
  if (target && target !== folder && !layers[folder].includes(target)) return `${folder} may not import ${target}`;
  if (target === folder && !test) return "a package does not import itself by name";
  if (!test && /^\.\.?\/(.*\/)?index\.ts$/.test(specifier) && !file.endsWith("/index.ts"))
    return "nothing imports index.ts";
  if (!test && isUpstairs(folder, file, specifier)) return `in ${folder}, this folder may not import that one`;
  if (test || !specifier.startsWith("node:")) {
    return folder === "client" && target === "websocket" && !file.includes("/node/")
      ? "browser code has no sockets"
      : "";
  }
  if (folder === "protocol") return "protocol is pure";
  if (folder === "client" && !file.includes("/node/")) return "browser code does not import Node";
  if (folder === "websocket" && !websocketShells.has(file.slice("packages/websocket/src/".length))) {
    return !isPure && /^node:(net|tls|https?|http2|timers)/.test(specifier)
      ? "only the shells touch sockets and timers"
      : "";
  }
  return "";
}

const faults = [];
let count = 0;
for (const folder of packages) {
  for (const path of sources(join(root, "packages", folder, "src"))) {
    const file = relative(root, path);
    count++;
    for (const [, names, specifier] of readFileSync(path, "utf8").matchAll(imported)) {
      const why = fault(folder, file, specifier, pure.test(names));
      if (why) faults.push(`${file}: "${specifier}": ${why}`);
    }
  }
}
for (const line of faults) process.stderr.write(`${line}\n`);
process.stdout.write(`layers: ${count} files, ${faults.length} faults\n`);
process.exitCode = faults.length === 0 && count > 0 ? 0 : 1;
