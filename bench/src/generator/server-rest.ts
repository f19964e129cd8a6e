import { setTimeout as sleep } from "node:timers/promises";
import type { Target } from "./job.ts";
import { cpuSeconds } from "./process-usage.ts";

/** A server that uses less CPU than this in a pause is done with the connections that went. */
const IDLE_CPU = 0.001;
const PAUSE = 20;
const MOST_PAUSES = 250;

/** Resolves when the server has seen that its clients are gone. */
export async function serverAtRest({ pid }: Target): Promise<void> {
  for (let pause = 0; pause < MOST_PAUSES; pause++) {
    const before = cpuSeconds(pid);
    await sleep(PAUSE);
    if (cpuSeconds(pid) - before < IDLE_CPU) return;
  }
  throw new Error("the server does not come to rest after its connections were reset");
}
