import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import { setImmediate as nextTurn } from "node:timers/promises";

const SAMPLE_INTERVAL = 20;

/** What monitorEventLoopDelay counts on top of every delay, in milliseconds. */
const DELAY_RESOLUTION = 10;

/** One look at a process. Bytes and milliseconds; peaks are those since the last reset. */
export interface Gauged {
  readonly rss: number;
  readonly peakRss: number;
  /** What JavaScript holds, on its heap and as buffers beside it. */
  readonly held: number;
  readonly longestDelay: number;
  readonly openFiles: number;
}

/** Watches the process that it is in. */
export class Gauge {
  readonly #delays: IntervalHistogram = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION });
  #peak = 0;
  /** Whether the kernel keeps the peak for us: it misses nothing, a sampler does when the event loop stands still. */
  #kernelPeak = false;

  constructor() {
    this.#delays.enable();
    setInterval(() => this.#sample(), SAMPLE_INTERVAL).unref();
    this.reset();
  }

  reset(): void {
    this.#peak = 0;
    this.#delays.reset();
    try {
      // proc_pid_clear_refs(5): 5 resets the peak resident set size to the present one.
      writeFileSync("/proc/self/clear_refs", "5");
      this.#kernelPeak = true;
    } catch {
      this.#kernelPeak = false;
    }
  }

  read(): Gauged {
    this.#sample();
    const { rss, heapUsed, external } = process.memoryUsage();
    return {
      rss,
      held: heapUsed + external,
      peakRss: Math.max(this.#peak, this.#kernelPeak ? highWaterMark() : 0),
      longestDelay: Math.max(0, this.#delays.max / 1e6 - DELAY_RESOLUTION),
      openFiles: readdirSync("/proc/self/fd").length,
    };
  }

  /** Objects with a native half go in two steps, so once is not enough. */
  async collect(): Promise<void> {
    for (let pass = 0; pass < 4; pass++) {
      globalThis.gc?.();
      await nextTurn();
    }
  }

  #sample(): void {
    this.#peak = Math.max(this.#peak, process.memoryUsage.rss());
  }
}

function highWaterMark(): number {
  const match = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync("/proc/self/status", "latin1"));
  return match === null ? 0 : Number(match[1]) * 1024;
}
