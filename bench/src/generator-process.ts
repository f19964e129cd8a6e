import { spawn } from "node:child_process";
import { join } from "node:path";
import type { GeneratorMessage, Job, Outcome, RunnerMessage } from "./generator/job.ts";
import { pinned } from "./pinning.ts";

/** Runs far longer than any row: something hangs. */
const DEADLINE = 120_000;

/** Runs one job in a fresh generator process. `collect` has the server collect its garbage. */
export function generate(job: Job, collect: () => Promise<void>): Promise<Outcome> {
  const { program, args } = pinned("generator", {
    program: process.execPath,
    args: [join(import.meta.dirname, "generator/main.js")],
  });
  const child = spawn(program, [...args], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const tell = (message: RunnerMessage) => {
    // A generator that has gone is told of by 'exit'.
    if (child.connected) child.send(message, () => {});
  };
  return new Promise((resolve) => {
    const settle = (outcome: Outcome) => {
      clearTimeout(deadline);
      resolve(outcome);
    };
    const fail = (reason: string) => settle({ kind: "failed", reason });
    const deadline = setTimeout(() => {
      child.kill("SIGKILL");
      fail("the generator does not come to an end");
    }, DEADLINE);
    child.once("error", (error) => fail(`the generator cannot be started: ${error.message}`));
    child.once("exit", (code, signal) => fail(`the generator ended with ${code ?? signal}`));
    child.on("message", (message: GeneratorMessage) => {
      if (message.kind !== "collect") settle(message);
      else
        collect().then(
          () => tell({ kind: "collected" }),
          (error: Error) => fail(error.message),
        );
    });
    tell({ kind: "job", job });
  });
}
