import { parseArgs } from "node:util";
import type { LogEntry } from "./fault-log.ts";
import { FAULT_MANUAL } from "./fault-manual.ts";
import { FAULT_NAMES, planFaults } from "./fault-plan.ts";
import { FaultProxy, type FaultProxyOptions } from "./fault-proxy.ts";
import type { FaultName, Faults } from "./faults.ts";
import { FaultOptionError } from "./fields.ts";
import type { Target } from "./target.ts";

/** Exit codes. A stop by signal is a success: it is what the operator asked for. */
export const EXIT_OK = 0;
/** The command was understood and cannot be carried out: the port is taken. */
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;

/** What the command may touch of the process around it. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** Until the operator wants it to stop. */
  stopped(): Promise<void>;
}

/** The command line makes no sense; the message is for whoever wrote it. */
class UsageError extends Error {}

const USAGE = `fault-proxy --target HOST:PORT [OPTIONS] [FAULTS]

Forwards to a server and misbehaves as told. One line for each connection and fault.

  --target HOST:PORT    the server behind it; a port alone means 127.0.0.1
  --listen HOST:PORT    where it listens; a port alone means 127.0.0.1; any free port
  --protocol NAME       http (the default), or tcp: bytes are not looked at
  --seed N              of everything random; a random one is printed
  --verbose             every request, upgrade and close as well
  --help                this text

Faults, each with a value, "on", or FIELD=VALUE,FIELD=VALUE; a list is A+B:

${FAULT_NAMES.map(manual).join("\n")}

  $ fault-proxy --target 3000 --listen 8080 --cut-idle 60000
  $ fault-proxy --target 3000 --listen 8080 --block-upgrade 403 --delay ms=100,jitter=50
  $ fault-proxy --target 3000 --listen 8080 --buffer-responses on --only "GET /events"

Exit codes: 0 stopped by a signal, 1 cannot listen, 2 not understood.
`;

/** Runs the command to its end and gives the exit code. */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const options = readOptions(args, (line) => terminal.out(`${line}\n`));
    if (options === "help") {
      terminal.out(USAGE);
      return EXIT_OK;
    }
    const proxy = await FaultProxy.start(options);
    await terminal.stopped();
    await proxy.close();
    return EXIT_OK;
  } catch (error) {
    const isUsage = error instanceof UsageError || error instanceof FaultOptionError;
    terminal.err(`error: ${error instanceof Error ? error.message : String(error)}\n`);
    if (isUsage) terminal.err("fault-proxy --help tells what it takes.\n");
    return isUsage ? EXIT_USAGE : EXIT_FAILED;
  }
}

function readOptions(args: readonly string[], print: (line: string) => void): FaultProxyOptions | "help" {
  const values = parse(args);
  if (values.help === true) return "help";
  const { target, listen, protocol, seed } = values;
  if (typeof target !== "string") throw new UsageError("--target is missing");
  if (protocol !== undefined && protocol !== "http" && protocol !== "tcp")
    throw new UsageError("--protocol is http or tcp");
  const isVerbose = values.verbose === true;
  return {
    ...readFaults(values),
    target: address("--target", target, 1),
    ...(typeof listen === "string" ? { listen: address("--listen", listen, 0) } : {}),
    ...(protocol === undefined ? {} : { protocol }),
    ...(typeof seed === "string" ? { seed: integer("--seed", seed, 2 ** 32 - 1) } : {}),
    onLog: (entry) => {
      if (isVerbose || !QUIET.has(entry.what)) print(line(entry));
    },
  };
}

/** Printed with --verbose only. */
const QUIET: ReadonlySet<LogEntry["what"]> = new Set(["request", "upgrade", "pipe", "close"]);

function line({ at, connection, what, fault, detail }: LogEntry): string {
  const subject = connection === 0 ? "proxy" : `#${connection}`;
  return `${(at / 1000).toFixed(3).padStart(9)} ${subject.padEnd(6)} ${fault ?? what}: ${detail}`;
}

function parse(args: readonly string[]): Readonly<Record<string, string | boolean | undefined>> {
  const text = { type: "string" } as const;
  const faults = Object.fromEntries(FAULT_NAMES.map((name) => [flag(name), text]));
  const flags = { help: { type: "boolean", short: "h" }, verbose: { type: "boolean" } } as const;
  try {
    const options = { target: text, listen: text, protocol: text, seed: text, ...flags, ...faults };
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function readFaults(values: Readonly<Record<string, unknown>>): Faults {
  const faults: { [Name in FaultName]?: unknown } = {};
  for (const name of FAULT_NAMES) {
    const value = values[flag(name)];
    if (typeof value === "string") faults[name] = name === "only" ? value : valueOfFlag(value);
  }
  // Checked right here, before anything is started: planFaults refuses every value it does not know.
  planFaults(faults as Faults);
  return faults as Faults;
}

function valueOfFlag(text: string): unknown {
  if (!text.includes("=")) return scalar(text);
  const fields = text.split(",").map((field) => {
    const at = field.indexOf("=");
    return [field.slice(0, Math.max(0, at)), scalar(field.slice(at + 1))];
  });
  return Object.fromEntries(fields);
}

function scalar(text: string): unknown {
  if (text.includes("+")) return text.split("+").map(scalar);
  if (text === "on" || text === "true") return true;
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

/** `blockUpgrade` is `--block-upgrade`. */
function flag(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function manual(name: FaultName): string {
  const { takes, does } = FAULT_MANUAL[name];
  return `  --${flag(name)}  ${takes}\n${wrap(does, 90)}`;
}

function wrap(text: string, width: number): string {
  return text.replace(new RegExp(`(.{1,${width}})(?: |$)`, "g"), "      $1\n").trimEnd();
}

function address(name: string, text: string, lowest: number): Target {
  const [, host = "127.0.0.1", port = ""] = /^(?:\[?([^/]+?)\]?:)?(\d+)$/.exec(text) ?? [];
  if (port === "" || Number(port) < lowest) throw new UsageError(`${name} takes HOST:PORT or PORT`);
  return { host, port: integer(name, port, 65_535) };
}

function integer(name: string, text: string, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > max) throw new UsageError(`${name} takes an integer from 0 to ${max}`);
  return value;
}
