/** Installs the npm dependencies when `node_modules` does not hold what `package-lock.json` says. */
import { fail, has, must, readJson } from "./workspace.mjs";

const minimum = [20, 19];

export function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < minimum[0] || (major === minimum[0] && minor < minimum[1])) {
    fail(`Node ${minimum.join(".")} or newer is needed; this is ${process.versions.node}. See https://nodejs.org`);
  }
}

function installed() {
  if (!has("node_modules/.package-lock.json")) return false;
  const wanted = readJson("package-lock.json").packages;
  const present = readJson("node_modules/.package-lock.json").packages;
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.startsWith("node_modules/") || entry.link || entry.optional || entry.peer) return true;
    return present[path]?.version === entry.version;
  });
}

export function ensureDependencies() {
  checkNode();
  if (installed()) return;
  // No package of ours or of a dependency needs an install script.
  must("installing npm dependencies (npm ci)", "npm", ["ci", "--ignore-scripts", "--no-fund", "--no-audit"], {
    shell: process.platform === "win32",
  });
}
