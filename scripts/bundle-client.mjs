/**
 * The client's files for web pages without a bundler, in `packages/client/dist`: `everwire.min.js`, one script that makes
 * the global `io`; `everwire.esm.min.js`, a module that fetches `everwire.sessions.…` and `everwire.frames.…` from beside it
 * when they are needed; and `everwire.channels.…`, which a page imports that uses channels.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { readJson, root } from "./workspace.mjs";

const dist = join(root, "packages/client/dist");
const { version } = readJson("packages/client/package.json");
const banner = `/*! Everwire ${version} | MIT */`;

/** In place of the sentences about failures: their codes, and the two sentences that applications may look for. */
const shortTexts = {
  name: "short-texts",
  load(id) {
    if (!id.endsWith("/failure-texts.js")) return null;
    return `const texts = { ack_timeout: "operation has timed out", ack_lost: "socket has been disconnected" };
      export function textOf(code) { return texts[code] ?? code.replaceAll("_", " "); }`;
  },
};

/** Each builds into memory: names of files and their text. */
async function build(input, output) {
  const bundle = await rolldown({
    input,
    platform: "browser",
    preserveEntrySignatures: "allow-extension",
    plugins: [shortTexts],
  });
  const { output: chunks } = await bundle.generate({ minify: true, comments: false, ...output });
  await bundle.close();
  return chunks.map(({ fileName, code }) => ({ fileName, code }));
}

/** One script with everything, the global `io`. */
export function buildGlobal() {
  return build(join(dist, "browser/global.js"), {
    format: "iife",
    name: "io",
    exports: "default",
    codeSplitting: false,
    entryFileNames: "everwire.min.js",
  });
}

/** A module and what it fetches when it is needed. */
export function buildModules() {
  return build(
    { everwire: join(dist, "browser/bundle.js"), "everwire.channels": join(dist, "browser/channels-bundle.js") },
    {
      format: "esm",
      entryFileNames: "[name].esm.min.js",
      chunkFileNames: "everwire.[name].esm.min.js",
    },
  );
}

export async function bundleClient() {
  for (const { fileName, code } of [...(await buildGlobal()), ...(await buildModules())]) {
    writeFileSync(join(dist, fileName), `${banner}\n${code}`);
  }
}

if (process.argv[1] === import.meta.filename) await bundleClient();
