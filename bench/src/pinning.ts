import { spawnSync } from "node:child_process";
import { cpus } from "node:os";

/** Which core a process of a run stays on, so that server and generator never share one. */
const CORES = { server: 0, generator: 1 } as const;

export type PinnedRole = keyof typeof CORES;

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
}

/** Why processes cannot be kept on a core of their own here, or nothing. */
export const pinningFault: string | undefined = findFault();

/** The command, kept to its role's core where that can be done. */
export function pinned(role: PinnedRole, { program, args }: Command): Command {
  if (pinningFault !== undefined) return { program, args };
  return { program: "taskset", args: ["-c", String(CORES[role]), program, ...args] };
}

function findFault(): string | undefined {
  if (cpus().length < 2) return "only one core";
  for (const core of Object.values(CORES)) {
    const status = spawnSync("taskset", ["-c", String(core), "true"]).status;
    if (status !== 0) return status === null ? "no taskset command" : `taskset refuses core ${core}`;
  }
  return undefined;
}
