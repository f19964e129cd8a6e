/**
 * The peers that tests talk to and npm does not hold: Debian's Chromium and python3-socketio. On Debian as root they are
 * installed; elsewhere the missing ones are named with how to get them.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fail, must, say } from "./workspace.mjs";

const peers = [
  {
    name: "Chromium",
    present: () => existsSync("/usr/bin/chromium"),
    debian: ["chromium", "fonts-dejavu-core"],
  },
  {
    name: "python3-socketio (client)",
    present: () => spawnSync("/usr/bin/python3", ["-c", "import socketio, requests, websocket"]).status === 0,
    debian: ["python3", "python3-socketio", "python3-requests", "python3-websocket"],
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
  must("apt-get install", "apt-get", ["install", "-q", "-y", "--no-install-recommends", ...debian], { env });
  const still = peers.filter((peer) => !peer.present());
  if (still.length > 0) fail(`installed, but not usable: ${still.map((peer) => peer.name).join(", ")}`);
}
