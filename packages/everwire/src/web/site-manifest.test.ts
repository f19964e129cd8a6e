import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { StartError } from "../failures.ts";
import { readSite } from "./site-manifest.ts";

let directory = "";
const SCRIPT = "export const greeting = 'hello';\n".repeat(100);

before(async () => {
  directory = await mkdtemp(join(tmpdir(), "everwire-site-"));
  await mkdir(join(directory, "assets"));
  const files: [string, string][] = [
    ["index.html", "<!doctype html>"],
    ["assets/index-B1c2D3e4.js", SCRIPT],
    ["assets/index-B1c2D3e4.js.map", "{}"],
    ["assets/logo.svg", "<svg/>"],
    [".env", "SECRET=1"],
    ["package.json", "{}"],
    ["white space.html", ""],
  ];
  for (const [name, text] of files) await writeFile(join(directory, name), text);
  await symlink("/etc/passwd", join(directory, "passwd.txt"));
  await symlink("/etc", join(directory, "etc"));
});
after(() => rm(directory, { recursive: true }));

test("rows 232 and 233: the manifest has the built files; no maps, dotfiles, manifests or links", async () => {
  const site = await readSite(directory);
  assert.deepEqual([...site.keys()].sort(), ["/", "/assets/index-B1c2D3e4.js", "/assets/logo.svg", "/index.html"]);
});

test("files with a hash in their name are kept for good, the others are asked for again", async () => {
  const site = await readSite(directory);
  assert.equal(site.get("/assets/index-B1c2D3e4.js")?.cacheControl, "public, max-age=31536000, immutable");
  for (const path of ["/", "/assets/logo.svg"]) assert.equal(site.get(path)?.cacheControl, "no-cache");
});

test("text worth it is kept compressed, each form with a tag of its own", async () => {
  const file = (await readSite(directory)).get("/assets/index-B1c2D3e4.js");
  assert.deepEqual(file?.codings, ["br", "gzip", "identity"]);
  const [br, gzip, identity] = [...file.representations.values()];
  assert.equal(brotliDecompressSync(br?.body ?? "").toString(), SCRIPT);
  assert.equal(gunzipSync(gzip?.body ?? "").toString(), SCRIPT);
  assert.equal(new Set([br?.tag, gzip?.tag, identity?.tag]).size, 3);
});

test("a directory that does not exist is a site that is not built", async () => {
  assert.equal((await readSite(join(directory, "missing"))).size, 0);
});

test("what is no directory cannot be served", async () => {
  await assert.rejects(readSite(join(directory, "index.html")), StartError);
});
