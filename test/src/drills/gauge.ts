import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";

const SAMPLE_INTERVAL = 20;

/** A stall is seen as one that is shorter by up to so many milliseconds. */
const BEAT = 5;

/** One look at a process. Bytes and milliseconds; peaks are those since the last reset. */
export interface Gauged {
  readonly rss: number;
  readonly peakRss: number;
  /** What JavaScript holds, on its heap and as buffers beside it. */
  readonly held: number;
  /**
   * The longest that the event loop stood still by what the process itself did: a delay counts as far as the process used
   * a core meanwhile, and not where another one had it.
   */
  readonly longestDelay: number;
  readonly openFiles: number;
}

/** Watches the process that it is in. */
export class Gauge {
  #beaten = performance.now();
  #used = process.cpuUsage();
  #longestDelay = 0;
  #peak = 0;
  /** Whether the kernel keeps the peak for us: it misses nothing, a sampler does when the event loop stands still. */
  #kernelPeak = false;

  constructor() {
    setInterval(() => this.#sample(), SAMPLE_INTERVAL).unref();
    setInterval(() => this.#beat(), BEAT).unref();
    this.reset();
  }

  reset(): void {
    this.#peak = 0;
    this.#beat();
    this.#longestDelay = 0;
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
      longestDelay: this.#longestDelay,
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

  #beat(): void {
    const now = performance.now();
    const { user, system } = process.cpuUsage(this.#used);
    const delay = Math.min(now - this.#beaten - BEAT, (user + system) / 1000);
    this.#longestDelay = Math.max(this.#longestDelay, delay);
    this.#beaten = now;
    this.#used = process.cpuUsage();
  }

  #sample(): void {
    this.#peak = Math.max(this.#peak, process.memoryUsage.rss());
  }
}

function highWaterMark(): number {
  const match = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync("/proc/self/status", "latin1"));
  return match === null ? 0 : Number(match[1]) * 1024;
}
