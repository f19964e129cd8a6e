import { parseArgs } from "node:util";
import type { Attack, SizeName } from "./attack.ts";
import { exhaustion } from "./exhaustion.ts";
import { TARGETS } from "./targets/targets.ts";

/** The command line makes no sense; the message is for whoever wrote it. */
export class UsageError extends Error {}

export const USAGE = `exhaustion [OPTIONS]

  Attacks servers and measures what that costs them. Exit status 1 when a bound is missed.

  --quick        small and short, with the server's deadlines set to a second; without it the defaults are measured
  --only A,B     only these rows
  --peer NAME    attack this server rather than ours
  --json         every figure, for programs
  --save         keep the figures: test/results/exhaustion.json and the table of docs/drills.md; full size, ours only
  --list         the rows, and nothing else
`;

export interface DrillOptions {
  readonly attacks: readonly Attack[];
  readonly size: SizeName;
  readonly peer: string;
  readonly json: boolean;
  readonly save: boolean;
  readonly list: boolean;
}

export function readOptions(args: readonly string[]): DrillOptions {
  const { values } = parse(args);
  if (values.save === true && (values.quick === true || values.peer !== undefined)) {
    throw new UsageError("--save keeps what was measured of our own server at full size");
  }
  return {
    attacks: chosen(values.only),
    size: values.quick === true ? "quick" : "full",
    peer: peerOf(values.peer),
    json: values.json === true,
    save: values.save === true,
    list: values.list === true,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        quick: { type: "boolean" },
        only: { type: "string" },
        peer: { type: "string" },
        json: { type: "boolean" },
        save: { type: "boolean" },
        list: { type: "boolean" },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function chosen(list: string | undefined): readonly Attack[] {
  if (list === undefined) return exhaustion;
  const names = list.split(",");
  const unknown = names.filter((name) => !exhaustion.some((attack) => attack.name === name));
  if (unknown.length > 0) throw new UsageError(`no row ${unknown.join(", ")}; --list names them`);
  return exhaustion.filter(({ name }) => names.includes(name));
}

function peerOf(name = "everwire"): string {
  const names = new Set(Object.values(TARGETS).flatMap((peers) => [...peers.keys()]));
  if (!names.has(name)) throw new UsageError(`no peer ${name}; there are ${[...names].join(", ")}`);
  return name;
}
