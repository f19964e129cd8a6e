/** `npm run drill -- exhaustion [OPTIONS]`. */
import { drill, passed } from "./drill.ts";
import { type DrillOptions, readOptions, USAGE, UsageError } from "./options.ts";
import { record } from "./record.ts";
import { jsonReport, type Line, plainReport, progress } from "./report.ts";
import { canPin } from "./worker.ts";

async function main([name, ...args]: readonly string[]): Promise<boolean> {
  if (name === undefined || name === "--help") {
    process.stdout.write(USAGE);
    return true;
  }
  if (name !== "exhaustion") throw new UsageError(`no drill ${name}; there is exhaustion`);
  if (process.platform !== "linux") throw new UsageError("the drills count files in /proc: Linux only");
  const options = readOptions(args);
  if (options.list) {
    for (const attack of options.attacks) process.stdout.write(`${attack.name.padEnd(24)}${attack.title}\n`);
    return true;
  }
  return await exhaust(options);
}

async function exhaust({ attacks, size, peer, json, save }: DrillOptions): Promise<boolean> {
  if (!json && !canPin()) process.stdout.write("processes are not pinned to cores: figures will vary more\n");
  const lines: Line[] = [];
  for (const attack of attacks) {
    const line = { attack, result: await drill(attack, size, peer) };
    lines.push(line);
    if (!json) process.stdout.write(`${progress(line)}\n`);
  }
  if (save) record(lines);
  process.stdout.write(json ? `${jsonReport(peer, lines)}\n` : `\n${plainReport(lines)}\n`);
  return lines.every(({ result }) => passed(result));
}

try {
  if (!(await main(process.argv.slice(2)))) process.exitCode = 1;
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
