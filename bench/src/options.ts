import { parseArgs } from "node:util";
import type { Bench } from "./bench.ts";
import type { RunnerOptions } from "./runner.ts";

/** The command line makes no sense; the message is for whoever wrote it. */
export class UsageError extends Error {}

export const USAGE = `npm run bench -- NAME [OPTIONS]

  --rounds N      how often every row is run with every peer (5; with --quick 1)
  --seconds N     how long each run is measured (2; with --quick 0.4)
  --rows A,B      only these rows
  --peers A,B     only these peers
  --quick         short and small: shows that everything works, figures mean little
  --save          keep the results in bench/results although this is not a full run
  --profile DIR   Node servers leave CPU profiles in DIR/ROW; figures mean little
`;

export function readOptions(bench: Bench, args: readonly string[]): RunnerOptions {
  const { values } = parse(args);
  const quick = values.quick === true;
  return {
    rows: chosen("row", bench.rows, values.rows),
    peers: chosen("peer", bench.peers, values.peers),
    rounds: positive("rounds", values.rounds ?? (quick ? "1" : "5"), Number.isSafeInteger),
    seconds: positive("seconds", values.seconds ?? (quick ? "0.4" : "2"), Number.isFinite),
    quick,
    save: values.save === true,
    profile: values.profile,
    command: ["npm run bench --", bench.name, ...args].join(" "),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        rounds: { type: "string" },
        seconds: { type: "string" },
        rows: { type: "string" },
        peers: { type: "string" },
        quick: { type: "boolean" },
        save: { type: "boolean" },
        profile: { type: "string" },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** Those named, in the order of the benchmark: the subject stays first. */
function chosen<T extends { readonly name: string }>(kind: string, all: readonly T[], list: string | undefined): T[] {
  const names = list?.split(",") ?? all.map(({ name }) => name);
  const unknown = names.filter((name) => !all.some((one) => one.name === name));
  if (unknown.length > 0) {
    throw new UsageError(`no ${kind} ${unknown.join(", ")}; there are ${all.map(({ name }) => name).join(", ")}`);
  }
  return all.filter(({ name }) => names.includes(name));
}

function positive(name: string, text: string, isValid: (value: number) => boolean): number {
  const value = Number(text);
  if (!isValid(value) || value <= 0) throw new UsageError(`--${name} must be a positive number`);
  return value;
}
