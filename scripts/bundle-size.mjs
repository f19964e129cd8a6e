/** `npm run bench -- bundle`: what a page loads of this client, beside socket.io-client's own files. Bytes after gzip -9. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { buildGlobal, buildModules } from "./bundle-client.mjs";
import { root } from "./workspace.mjs";

const packed = (code) => gzipSync(code, { level: 9 }).length;
const peer = (file) => packed(readFileSync(join(root, "node_modules/socket.io-client/dist", file)));

/** Lines of the table: what, ours, theirs. */
export async function bundleSizes() {
  const files = [...(await buildGlobal()), ...(await buildModules())];
  const size = (...names) =>
    names.reduce(
      (sum, name) => sum + packed(files.find(({ fileName }) => fileName === `everwire${name}.min.js`).code),
      0,
    );
  const [script, module] = [peer("socket.io.min.js"), peer("socket.io.esm.min.js")];
  return [
    { what: "module: the whole API, WebSocket", ours: size(".esm"), theirs: module },
    { what: "  + requests, Everwire sessions", ours: size(".esm", ".sessions.esm") },
    { what: "  + frames and scripts", ours: size(".esm", ".sessions.esm", ".frames.esm") },
    { what: "  + channels, without frames", ours: size(".esm", ".sessions.esm", ".channels.esm") },
    { what: "one script with everything", ours: size(""), theirs: script },
  ];
}

if (process.argv[1] === import.meta.filename) {
  const line = (what, ours, theirs) => `${what.padEnd(36)}${String(ours).padStart(10)}${String(theirs).padStart(20)}\n`;
  process.stdout.write(line("bytes, minified and gzipped", "everwire", "socket.io-client"));
  const sizes = await bundleSizes();
  for (const { what, ours, theirs = "-" } of sizes) process.stdout.write(line(what, ours, theirs));
}
