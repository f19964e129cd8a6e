import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { logSuite } from "@everwire/broker/suites";
import { openSqliteLog } from "./open-sqlite-log.ts";

const directories: string[] = [];
after(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

logSuite("sqlite", (options) => {
  const directory = mkdtempSync(join(tmpdir(), "everwire-log-"));
  directories.push(directory);
  return openSqliteLog({ ...options, directory });
});
