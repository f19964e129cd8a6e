import type { CutHow, Direction, Directions, FaultName, Faults } from "./faults.ts";
import { FaultOptionError, Fields } from "./fields.ts";

/** Everything that is to go wrong, checked and complete. A fault that is off is undefined. */
export type FaultPlan = { readonly [Name in FaultName]: Planned[Name] | undefined };

export interface SidedNumber {
  readonly value: number;
  readonly direction: Directions;
}

export interface Hold {
  readonly bytes: number;
  readonly ms: number;
  readonly head: boolean;
}

export interface CutLimit {
  readonly ms: number;
  readonly toServer: number;
  readonly toClient: number;
}

export interface Planned {
  blockUpgrade: "strip" | "mute" | "hang" | number;
  bufferResponses: Hold;
  bufferRequests: Hold;
  truncate: { readonly bytes: number; readonly how: "complete" | CutHow };
  injectStatus: { readonly status: readonly number[]; readonly probability: number };
  duplicateRequests: { readonly methods: readonly string[]; readonly probability: number; readonly parallel: boolean };
  stripHeaders: ReadonlySet<string>;
  only: RegExp;
  rejectConnections: "rst" | "fin" | "hang";
  dropEvery: number;
  delay: { readonly ms: number; readonly jitter: number; readonly direction: Directions };
  bandwidth: SidedNumber;
  chunkSize: SidedNumber;
  corrupt: { readonly every: number; readonly at: number; readonly direction: Directions };
  cutIdle: { readonly ms: number; readonly how: CutHow };
  cutAfter: CutLimit;
  resetAfter: CutLimit;
  halfOpen: Directions;
  stall: Directions;
}

/** What is held back for a whole body goes on after this much: the proxy is a test tool, not a place to keep a download. */
const HOLD_LIMIT = 8 * 1024 * 1024;
const DIRECTIONS = ["both", "toServer", "toClient"] as const;
const BLOCKS = ["strip", "mute", "hang"] as const;
const HOWS = ["fin", "rst", "silent"] as const;

type Readers = { readonly [Name in FaultName]: (value: unknown) => Planned[Name] };

const READERS: Readers = {
  blockUpgrade: (value) =>
    typeof value === "number"
      ? status("blockUpgrade", value)
      : new Fields("blockUpgrade", value, "how").oneOf("how", BLOCKS),
  bufferResponses: (value) => hold("bufferResponses", value),
  bufferRequests: (value) => hold("bufferRequests", value),
  truncate: (value) => {
    const fields = new Fields("truncate", value, "bytes");
    return fields.done({ bytes: fields.integer("bytes"), how: fields.oneOf("how", ["complete", ...HOWS], "fin") });
  },
  injectStatus: (value) => {
    const fields = new Fields("injectStatus", value, "status");
    return fields.done({
      status: fields.list("status").map((each) => status("injectStatus", each)),
      probability: fields.number("probability", { max: 1, otherwise: 1 }),
    });
  },
  duplicateRequests: (value) => {
    const fields = new Fields("duplicateRequests", value === true ? {} : value, "methods");
    return fields.done({
      methods: fields.list("methods", ["POST"]).map((method) => String(method).toUpperCase()),
      probability: fields.number("probability", { max: 1, otherwise: 1 }),
      parallel: fields.flag("parallel", false),
    });
  },
  stripHeaders: (value) =>
    new Set(new Fields("stripHeaders", value, "names").list("names").map((name) => String(name).toLowerCase())),
  only: (value) => pattern(value),
  rejectConnections: (value) =>
    value === true ? "rst" : new Fields("rejectConnections", value, "how").oneOf("how", ["rst", "fin", "hang"]),
  dropEvery: (value) => new Fields("dropEvery", value, "n").integer("n", { min: 1 }),
  delay: (value) => {
    const fields = new Fields("delay", value, "ms");
    return fields.done({
      ms: fields.number("ms"),
      jitter: fields.number("jitter", { otherwise: 0 }),
      direction: direction(fields),
    });
  },
  bandwidth: (value) => sidedBytes("bandwidth", value),
  chunkSize: (value) => sidedBytes("chunkSize", value),
  corrupt: (value) => {
    const fields = new Fields("corrupt", value, "every");
    if (!fields.has("every") && !fields.has("at")) throw new FaultOptionError("corrupt: takes every or at");
    return fields.done({
      every: fields.integer("every", { min: 1, otherwise: Number.POSITIVE_INFINITY, max: Number.POSITIVE_INFINITY }),
      at: fields.integer("at", { min: -1, otherwise: -1 }),
      direction: direction(fields),
    });
  },
  cutIdle: (value) => {
    const fields = new Fields("cutIdle", value, "ms");
    return fields.done({ ms: fields.number("ms", { min: 1 }), how: fields.oneOf("how", HOWS, "fin") });
  },
  cutAfter: (value) => cutLimit("cutAfter", value),
  resetAfter: (value) => cutLimit("resetAfter", value),
  halfOpen: (value) => new Fields("halfOpen", value, "direction").oneOf("direction", DIRECTIONS),
  stall: (value) => new Fields("stall", value, "direction").oneOf("direction", DIRECTIONS),
};

function isFaultName(name: string): name is FaultName {
  return Object.hasOwn(READERS, name);
}

/** The names of all faults, in the order of the documentation. */
export const FAULT_NAMES: readonly FaultName[] = Object.keys(READERS).filter(isFaultName);

/** @throws FaultOptionError for a fault that does not exist and for a value it does not take */
export function planFaults(faults: Faults): FaultPlan {
  for (const name of Object.keys(faults)) {
    if (!isFaultName(name)) throw new FaultOptionError(`there is no fault ${JSON.stringify(name)}`);
  }
  const plan: { [Name in FaultName]?: unknown } = {};
  for (const name of FAULT_NAMES) {
    const value: unknown = faults[name];
    plan[name] = value === undefined || value === false ? undefined : READERS[name](value);
  }
  // Every name of FaultName has just been given what its own reader returned, or undefined.
  return plan as FaultPlan;
}

export function covers(directions: Directions | undefined, direction: Direction): boolean {
  return directions === "both" || directions === direction;
}

function hold(name: FaultName, value: unknown): Hold {
  const fields = new Fields(name, value === true ? {} : value, "bytes");
  return fields.done({
    bytes: fields.integer("bytes", { min: 1, max: HOLD_LIMIT, otherwise: HOLD_LIMIT }),
    ms: fields.number("ms", { otherwise: Number.POSITIVE_INFINITY, max: Number.POSITIVE_INFINITY }),
    head: fields.flag("head", false),
  });
}

function sidedBytes(name: FaultName, value: unknown): SidedNumber {
  const fields = new Fields(name, value, "bytes");
  return fields.done({ value: fields.integer("bytes", { min: 1 }), direction: direction(fields) });
}

function cutLimit(name: FaultName, value: unknown): CutLimit {
  const fields = new Fields(name, value, "ms");
  const never = { otherwise: Number.POSITIVE_INFINITY, max: Number.POSITIVE_INFINITY };
  if (!["ms", "toServer", "toClient"].some((field) => fields.has(field))) {
    throw new FaultOptionError(`${name}: takes ms, toServer or toClient`);
  }
  return fields.done({
    ms: fields.number("ms", never),
    toServer: fields.integer("toServer", never),
    toClient: fields.integer("toClient", never),
  });
}

function direction(fields: Fields): Directions {
  return fields.oneOf("direction", DIRECTIONS, "both");
}

function status(name: FaultName, value: unknown): number {
  return new Fields(name, value, "status").integer("status", { min: 400, max: 599 });
}

function pattern(value: unknown): RegExp {
  // A sticky or global expression would remember where the last request matched.
  if (value instanceof RegExp) return new RegExp(value.source, value.flags.replace(/[gy]/g, ""));
  if (typeof value !== "string") throw new FaultOptionError("only: takes a regular expression");
  try {
    return new RegExp(value);
  } catch {
    throw new FaultOptionError(`only: ${JSON.stringify(value)} is no regular expression`);
  }
}
