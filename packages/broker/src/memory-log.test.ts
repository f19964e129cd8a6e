import { MemoryLog } from "./memory-log.ts";
import { logSuite } from "./suites/log-suite.ts";

logSuite("memory", async (options) => new MemoryLog(options));
