/**
 * Pins each package's public surface: the names its entries export at run time must be those of `exports.json`
 * (`--write` renews it), and the packed package must hold its entries and no test.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { packageName, packages, readJson, root } from "./workspace.mjs";

const write = process.argv.includes("--write");
const faults = [];

function* entries(exported) {
  for (const [name, target] of Object.entries(exported)) {
    yield [name, (target.node ?? target).default];
  }
}

async function surface(folder) {
  const names = {};
  for (const [name, file] of entries(readJson(`packages/${folder}/package.json`).exports)) {
    const module = await import(pathToFileURL(join(root, "packages", folder, file)).href);
    names[name] = Object.keys(module).sort();
  }
  return names;
}

/** Type names are part of the surface too: they stand in the hand-written list of `index.ts`. */
function typeNames(folder) {
  const text = readFileSync(join(root, "packages", folder, "src/index.ts"), "utf8");
  return [...text.matchAll(/\btype (\w+)(?: as (\w+))?/g), ...text.matchAll(/export type \{([^}]*)\}/g)]
    .flatMap((match) => (match[0].includes("{") ? (match[1] ?? "").split(",") : [match[2] ?? match[1] ?? ""]))
    .map((name) => name.trim())
    .filter(Boolean)
    .sort();
}

async function checkSurface(folder) {
  const file = join(root, "packages", folder, "exports.json");
  const now = `${JSON.stringify({ values: await surface(folder), types: typeNames(folder) }, null, 2)}\n`;
  if (write) writeFileSync(file, now);
  else if (!existsSync(file) || readFileSync(file, "utf8") !== now) {
    faults.push(`${folder}: exports differ from exports.json; when meant, run npm run exports -- --write`);
  }
}

function checkPack() {
  const args = [
    "pack",
    "--dry-run",
    "--json",
    "--ignore-scripts",
    ...packages.flatMap((folder) => ["-w", packageName(folder)]),
  ];
  const packed = spawnSync("npm", args, { cwd: root, encoding: "utf8", shell: process.platform === "win32" });
  const list = JSON.parse(packed.stdout);
  for (const one of Array.isArray(list) ? list : Object.values(list)) {
    const files = one.files.map((file) => file.path);
    if (!files.includes("dist/index.js")) faults.push(`${one.name}: packs no dist/index.js`);
    for (const file of files.filter((path) => /\.test\.|tsbuildinfo/.test(path)))
      faults.push(`${one.name}: packs ${file}`);
  }
}

for (const folder of packages) await checkSurface(folder);
checkPack();
for (const line of faults) process.stderr.write(`${line}\n`);
process.stdout.write(`exports: ${packages.length} packages, ${faults.length} faults\n`);
process.exitCode = faults.length === 0 ? 0 : 1;
