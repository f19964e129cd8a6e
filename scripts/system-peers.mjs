/**
 * The peers that tests talk to and npm does not hold: Debian's Chromium, WebSocket and Socket.IO libraries of other
 * languages, and reverse proxies. On Debian as root they are installed; elsewhere the missing ones are named with how to
 * get them.
 */
import { spawnSync } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { fail, must, say } from "./workspace.mjs";

const peers = [
  {
    name: "Chromium",
    present: () => existsSync("/usr/bin/chromium"),
    debian: ["chromium", "fonts-dejavu-core"],
  },
  {
    name: "python3-socketio (client and server)",
    present: () => spawnSync("/usr/bin/python3", ["-c", "import socketio, requests, websocket, aiohttp"]).status === 0,
    debian: ["python3", "python3-socketio", "python3-requests", "python3-websocket", "python3-aiohttp"],
  },
  {
    name: "python3-websockets",
    present: () => spawnSync("/usr/bin/python3", ["-c", "import websockets"]).status === 0,
    debian: ["python3", "python3-websockets"],
  },
  {
    name: "Go with gorilla/websocket",
    present: () =>
      spawnSync("go", ["version"]).status === 0 && existsSync("/usr/share/gocode/src/github.com/gorilla/websocket"),
    debian: ["golang-go", "golang-github-gorilla-websocket-dev"],
  },
  {
    name: "nginx",
    present: () => existsSync("/usr/sbin/nginx"),
    debian: ["nginx-light"],
  },
  {
    name: "haproxy",
    present: () => existsSync("/usr/sbin/haproxy"),
    debian: ["haproxy"],
  },
  {
    name: "Apache",
    present: () => existsSync("/usr/sbin/apache2"),
    debian: ["apache2"],
  },
  {
    name: "curl",
    present: () => spawnSync("curl", ["--version"]).status === 0,
    debian: ["curl"],
  },
];

function canInstall() {
  return existsSync("/etc/debian_version") && process.getuid?.() === 0;
}

/** Where Debian asks whether a service may be started; without the file it always may. */
const SERVICE_POLICY = "/usr/sbin/policy-rc.d";

/** Installs packages. A proxy that is installed for tests must not begin to serve, and 101 says no. */
function install(packages, env) {
  const ours = !existsSync(SERVICE_POLICY);
  if (ours) writeFileSync(SERVICE_POLICY, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  const remove = () => ours && rmSync(SERVICE_POLICY, { force: true });
  // `must` ends the process when it fails.
  process.once("exit", remove);
  must("apt-get install", "apt-get", ["install", "-q", "-y", "--no-install-recommends", ...packages], { env });
  process.off("exit", remove);
  remove();
}

export function ensureSystemPeers() {
  const missing = peers.filter((peer) => !peer.present());
  if (missing.length === 0) return;
  const debian = missing.flatMap((peer) => peer.debian);
  const names = missing.map((peer) => peer.name).join(", ");
  if (!canInstall()) {
    fail(`the tests need ${names}. On Debian, as root: apt-get install ${debian.join(" ")}`);
  }
  say(`the tests need ${names}: installing from Debian`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  must("apt-get update", "apt-get", ["update", "-q"], { env });
  install(debian, env);
  const still = peers.filter((peer) => !peer.present());
  if (still.length > 0) fail(`installed, but not usable: ${still.map((peer) => peer.name).join(", ")}`);
}
