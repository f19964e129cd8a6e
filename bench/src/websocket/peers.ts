import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Peer } from "../bench.ts";
import { nodeServer, packageVersion } from "../node-program.ts";

const built = dirname(import.meta.dirname);

/** Where Debian puts Go libraries; the package manager's copy is the one that is measured. */
const GO_PATH = "/usr/share/gocode";
const GORILLA_PACKAGE = "golang-github-gorilla-websocket-dev";
const gorillaBinary = join(built, "servers/gorilla-server");

export const everwire: Peer = {
  name: "everwire",
  prepare: () => undefined,
  command: (nodeOptions) => nodeServer("everwire-server.js", nodeOptions),
  versions: () => [`@everwire/websocket ${packageVersion("@everwire/websocket")}`],
};

export const ws: Peer = {
  name: "ws",
  prepare: () => undefined,
  command: (nodeOptions) => nodeServer("ws-server.js", nodeOptions),
  versions: () => [`ws ${packageVersion("ws")}`, `bufferutil ${packageVersion("bufferutil")}`],
};

export const gorilla: Peer = {
  name: "gorilla",
  prepare: buildGorilla,
  command: () => ({ program: gorillaBinary, args: [] }),
  versions: () => [
    `gorilla/websocket ${output("dpkg-query", ["-W", GORILLA_PACKAGE]).split("\t").at(-1)} (Debian)`,
    output("go", ["version"]),
  ],
};

function buildGorilla(): string | undefined {
  if (spawnSync("go", ["version"]).status !== 0) return "no go command (Debian: golang-go)";
  if (!existsSync(join(GO_PATH, "src/github.com/gorilla/websocket"))) return `${GORILLA_PACKAGE} is not installed`;
  const source = join(dirname(built), "src/servers/gorilla/main.go");
  const result = spawnSync("go", ["build", "-o", gorillaBinary, source], {
    env: { ...process.env, GOPATH: GO_PATH, GO111MODULE: "off" },
    encoding: "utf8",
  });
  return result.status === 0 ? undefined : `go build: ${result.stderr.trim()}`;
}

function output(program: string, args: readonly string[]): string {
  return spawnSync(program, args, { encoding: "utf8" }).stdout.trim();
}
