/** `npm test`: everything a fresh clone needs is set up, then every check and test runs, those with real peers last. */
import { check } from "./check.mjs";
import { ensureDependencies } from "./dependencies.mjs";
import { ensureSystemPeers } from "./system-peers.mjs";
import { must, say } from "./workspace.mjs";

const started = performance.now();
ensureDependencies();
ensureSystemPeers();
check();
must("tests with real peers: official clients, Python, Chromium", process.execPath, ["scripts/run-tests.mjs", "test"]);
say(`all passed in ${Math.round((performance.now() - started) / 1000)} s`);
