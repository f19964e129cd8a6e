/** The load generator's process: gets one job over IPC, runs it, reports its outcome and ends. */
import { NotSupported } from "./client.ts";
import { runDeflateEcho } from "./deflate-echo.ts";
import { runEcho } from "./echo.ts";
import { runEventEcho } from "./engine/event-echo.ts";
import { runEventFanOut } from "./engine/event-fan-out.ts";
import { runEventRooms } from "./engine/event-rooms.ts";
import { runTransportConnects } from "./engine/transport-connects.ts";
import { runTransportEcho } from "./engine/transport-echo.ts";
import { runTransportIdle } from "./engine/transport-idle.ts";
import { runTransportPush } from "./engine/transport-push.ts";
import { runFanOut } from "./fan-out.ts";
import { runHandshakes } from "./handshakes.ts";
import { runIdle } from "./idle.ts";
import type { GeneratorMessage, Job, Measurement, Outcome, RunnerMessage } from "./job.ts";

function send(message: GeneratorMessage): Promise<void> {
  return new Promise((resolve) => {
    process.send?.(message, () => resolve());
  });
}

/** Asks the runner, which holds the server, and waits for its answer. */
async function collect(): Promise<void> {
  const answer = new Promise<void>((resolve) => process.once("message", () => resolve()));
  await send({ kind: "collect" });
  await answer;
}

function run(job: Job): Promise<Measurement> {
  const { workload } = job;
  switch (workload.kind) {
    case "echo":
      return runEcho(job, workload);
    case "deflate-echo":
      return runDeflateEcho(job, workload);
    case "fan-out":
      return runFanOut(job, workload);
    case "handshake":
      return runHandshakes(job, workload);
    case "idle":
      return runIdle(job, workload, collect);
    case "transport-echo":
      return runTransportEcho(job, workload);
    case "transport-push":
      return runTransportPush(job, workload);
    case "transport-connects":
      return runTransportConnects(job, workload);
    case "transport-idle":
      return runTransportIdle(job, workload, collect);
    case "event-echo":
      return runEventEcho(job, workload);
    case "event-fan-out":
      return runEventFanOut(job, workload);
    case "event-rooms":
      return runEventRooms(job, workload);
  }
}

async function outcomeOf(job: Job): Promise<Outcome> {
  try {
    return { kind: "measured", measurement: await run(job) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { kind: error instanceof NotSupported ? "skipped" : "failed", reason };
  }
}

process.once("disconnect", () => process.exit());
process.once("message", (message: RunnerMessage) => {
  if (message.kind !== "job") return;
  void outcomeOf(message.job)
    .then(send)
    .then(() => process.exit());
});
