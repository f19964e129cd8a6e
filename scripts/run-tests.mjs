/** Runs the compiled tests below the named folders with Node's own test runner: `run-tests.mjs FOLDER… [-- RUNNER OPTIONS]`. */
import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { root, run } from "./workspace.mjs";

/** Most of what a test does is wait: for a deadline, a peer, a page. */
const SIDE_BY_SIDE = 3;
/** These fill the machine by themselves: browsers, attackers, networks that fail. */
const ALONE = /\/(chromium-[\w-]+|conformance-suite|exhaustion|old-clients|transport-(faults|proxies))\.test\.js$/;

function* testFiles(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== "node_modules") yield* testFiles(path);
    else if (entry.name.endsWith(".test.js") && path.includes("/dist/")) yield path;
  }
}

function runFiles(files, concurrency, options) {
  if (files.length === 0) return 0;
  return run(process.execPath, [
    "--enable-source-maps",
    "--test",
    `--test-concurrency=${concurrency}`,
    "--test-timeout=300000",
    "--test-reporter=spec",
    ...options,
    ...files.sort(),
  ]);
}

/** @returns the exit status of the runner; a run without a test file is a failure. */
export function runTests(folders, options = []) {
  const files = folders.flatMap((folder) => [...testFiles(join(root, folder))]).map((file) => relative(root, file));
  if (files.length === 0) {
    process.stderr.write(`no compiled test below ${folders.join(", ")}: run npm run build\n`);
    return 1;
  }
  const sociable = files.filter((file) => !ALONE.test(file));
  const alone = files.filter((file) => ALONE.test(file));
  const statuses = [runFiles(sociable, SIDE_BY_SIDE, options), runFiles(alone, 1, options)];
  return statuses.find((status) => status !== 0) ?? 0;
}

if (process.argv[1] === import.meta.filename) {
  const split = process.argv.indexOf("--");
  const folders = process.argv.slice(2, split === -1 ? undefined : split);
  process.exitCode = runTests(folders, split === -1 ? [] : process.argv.slice(split + 1));
}
