import { setTimeout as sleep } from "node:timers/promises";
import type { Job, Measurement } from "./job.ts";
import { cpuSeconds, machineBusySeconds } from "./process-usage.ts";

/** What a workload has done since it began. */
export interface Progress {
  readonly operations: number;
  readonly receivedBytes: number;
}

const NOTHING: Measurement = {
  operations: 0,
  receivedBytes: 0,
  seconds: 0,
  serverCpu: 0,
  generatorCpu: 0,
  otherCpu: 0,
  residentGrowth: 0,
};

/** Reads the clocks of server, generator and machine together, and adds up what passes between `start` and `stop`. */
export class Meter {
  readonly #pid: number;
  #total: Measurement = NOTHING;
  #began: Measurement = NOTHING;

  constructor(pid: number) {
    this.#pid = pid;
  }

  get total(): Measurement {
    return this.#total;
  }

  start(progress: Progress): void {
    this.#began = this.#read(progress);
  }

  stop(progress: Progress): void {
    const now = this.#read(progress);
    const { operations, receivedBytes, seconds, serverCpu, generatorCpu, otherCpu } = this.#began;
    const sum = this.#total;
    this.#total = {
      operations: sum.operations + now.operations - operations,
      receivedBytes: sum.receivedBytes + now.receivedBytes - receivedBytes,
      seconds: sum.seconds + now.seconds - seconds,
      serverCpu: sum.serverCpu + now.serverCpu - serverCpu,
      generatorCpu: sum.generatorCpu + now.generatorCpu - generatorCpu,
      // The machine counts in ticks: the difference of two clocks may come out a little below nothing.
      otherCpu: Math.max(0, sum.otherCpu + now.otherCpu - otherCpu),
      residentGrowth: 0,
    };
  }

  #read({ operations, receivedBytes }: Progress): Measurement {
    const { user, system } = process.cpuUsage();
    const generatorCpu = (user + system) / 1e6;
    const serverCpu = cpuSeconds(this.#pid);
    const seconds = performance.now() / 1000;
    const otherCpu = machineBusySeconds() - serverCpu - generatorCpu;
    return { operations, receivedBytes, seconds, serverCpu, generatorCpu, otherCpu, residentGrowth: 0 };
  }
}

/** Measures a load that is running already, after the job's warm-up. */
export async function measureWindow(job: Job, progress: () => Progress): Promise<Measurement> {
  const meter = new Meter(job.target.pid);
  await sleep(job.warmUp * 1000);
  meter.start(progress());
  await sleep(job.seconds * 1000);
  meter.stop(progress());
  return meter.total;
}
