#!/usr/bin/env node
/** The command line of the suites. The text below is its manual. */
import { type ChildProcess, spawn } from "node:child_process";
import { parseArgs } from "node:util";
import { clientCases, serverCases } from "./catalogue.ts";
import type { CaseResult } from "./conformance-case.ts";
import { count, report } from "./report.ts";
import { runClientSuite } from "./run-client-suite.ts";
import { runServerSuite } from "./run-server-suite.ts";

const MANUAL = `Runs the WebSocket cases against an echo server or an echo client.

  --url ws://host:port/path   the server; wss: as well
  --client COMMAND            the client: started once, given one URL a line on its input, it connects to each and echoes
  --filter PART               only cases whose id contains PART, e.g. 6455/5.5; may be repeated
  --list                      print the cases and run none
  --json                      print the results as JSON
  --strict                    remarks count as failures
  --max-payload BYTES         the longest message the peer accepts; without it the cases about it are skipped
  --parallel N                cases at a time; 16
  --deadline MS               what a case may take; 10000
  --seed TEXT                 other random splits and masking keys
  --insecure                  accept any certificate

Exit code: 0 all passed, 1 some failed, 2 the command line was not understood.
`;

const FAILED = 1;
const NOT_UNDERSTOOD = 2;

class UsageError extends Error {}

try {
  process.exitCode = await run();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n\n${MANUAL}`);
  process.exitCode = NOT_UNDERSTOOD;
}

async function run(): Promise<number> {
  const values = readArguments();
  if (values.help) return print(MANUAL);
  const { filter, seed, insecure } = values;
  const limit = values["max-payload"];
  const options = {
    filter,
    seed,
    insecure,
    parallel: positive("--parallel", values.parallel),
    deadline: positive("--deadline", values.deadline),
    ...(limit === undefined ? {} : { maxPayload: positive("--max-payload", limit) }),
  };
  if (values.list) {
    const cases = values.client === undefined ? serverCases(options) : clientCases(options);
    return print(cases.map(({ id, title }) => `${id}  ${title}\n`).join(""));
  }
  if ((values.url === undefined) === (values.client === undefined)) throw new UsageError("give --url or --client");
  const results =
    values.client === undefined
      ? await runServerSuite(checkedUrl(values.url ?? ""), options)
      : await withClient(values.client, (dial) => runClientSuite(dial, options));
  print(values.json ? `${JSON.stringify(results, undefined, 2)}\n` : report(results));
  if (results.length === 0) throw new UsageError("no case has such an id");
  return count(results, "fail") > 0 || (values.strict && count(results, "tolerated") > 0) ? FAILED : 0;
}

function readArguments(): ReturnType<typeof parse> {
  try {
    return parse();
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function parse() {
  const { values } = parseArgs({
    options: {
      url: { type: "string" },
      client: { type: "string" },
      filter: { type: "string", multiple: true, default: [] },
      list: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      strict: { type: "boolean", default: false },
      "max-payload": { type: "string" },
      parallel: { type: "string", default: "16" },
      deadline: { type: "string", default: "10000" },
      seed: { type: "string", default: "everwire" },
      insecure: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  return values;
}

function print(text: string): 0 {
  process.stdout.write(text);
  return 0;
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new UsageError(`${name} takes a positive integer`);
  return value;
}

function checkedUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "ws:" || url?.protocol === "wss:") return url;
  throw new UsageError("--url takes a ws: or wss: URL");
}

/** The client under test as a process of its own, for as long as `work` lasts. */
async function withClient(
  command: string,
  work: (dial: (url: string) => void) => Promise<CaseResult[]>,
): Promise<CaseResult[]> {
  const client: ChildProcess = spawn(command, { shell: true, stdio: ["pipe", "ignore", "inherit"] });
  client.stdin?.on("error", () => {});
  try {
    return await work((url) => {
      // Without this every case that is left would wait for its deadline.
      if (client.exitCode !== null) throw new UsageError(`the client ended with ${client.exitCode}`);
      client.stdin?.write(`${url}\n`);
    });
  } finally {
    client.stdin?.end();
    client.kill();
  }
}
