/** A process of ours that tests start, listen to and kill. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

export interface Child {
  readonly process: ChildProcess;
  /** What it printed on both streams so far. */
  output(): string;
  /** Sends the signal and waits for the end of the process. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts Node on a script and waits (at most 60 s) for a line that matches. The environment is added to ours. */
export async function startChild(
  script: string,
  args: readonly string[],
  ready: RegExp,
  { cwd, env }: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Child & { readonly match: RegExpMatchArray }> {
  const child = spawn(process.execPath, [script, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  child.stderr.on("data", (chunk: Buffer) => {
    printed += chunk.toString();
  });
  const match = await new Promise<RegExpMatchArray>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`not ready after 60 s:\n${printed}`)), 60_000);
    child.once("exit", (code) => reject(new Error(`ended with ${code}:\n${printed}`)));
    createInterface({ input: child.stdout }).on("line", (line) => {
      printed += `${line}\n`;
      const found = line.match(ready);
      if (!found) return;
      clearTimeout(late);
      resolve(found);
    });
  });
  return {
    process: child,
    match,
    output: () => printed,
    async stop(signal = "SIGTERM") {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.kill(signal);
      await ended;
    },
  };
}
