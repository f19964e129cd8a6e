/** `npm run bench -- NAME [OPTIONS]`. */
import type { Bench } from "./bench.ts";
import { events } from "./events/bench.ts";
import { readOptions, USAGE, UsageError } from "./options.ts";
import { runBench } from "./runner.ts";
import { transport } from "./transport/bench.ts";
import { websocket } from "./websocket/bench.ts";

const benches: readonly Bench[] = [websocket, transport, events];

function explain(): void {
  const lines = benches.map(({ name, title, rows }) => {
    return `  ${name.padEnd(14)}${title}\n${" ".repeat(16)}rows: ${rows.map((row) => row.name).join(" ")}`;
  });
  process.stdout.write(`${USAGE}\nBenchmarks:\n${lines.join("\n")}\n`);
}

async function main([name, ...args]: readonly string[]): Promise<boolean> {
  if (name === undefined || name === "--help") {
    explain();
    return true;
  }
  if (process.platform !== "linux") throw new UsageError("the benchmarks read CPU and memory from /proc: Linux only");
  const bench = benches.find((one) => one.name === name);
  if (bench === undefined)
    throw new UsageError(`no benchmark ${name}; there are ${benches.map((one) => one.name).join(", ")}`);
  return await runBench(bench, readOptions(bench, args));
}

try {
  if (!(await main(process.argv.slice(2)))) process.exitCode = 1;
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
