import { existsSync, readdirSync, readFileSync } from "node:fs";

/** Nanoseconds rather than ticks of 10 ms; not every kernel has it. */
const precise = existsSync("/proc/self/schedstat");

/** Linux reports ticks to user space at this rate whatever the kernel's own is. */
const TICKS_PER_SECOND = 100;

/** CPU seconds that a process has used so far, its threads together. */
export function cpuSeconds(pid: number): number {
  return precise ? preciseCpuSeconds(pid) : tickCpuSeconds(pid);
}

/** Resident memory in bytes. The rollup is exact; the counters of `status` lag behind by some pages for each core. */
export function residentBytes(pid: number): number {
  const match = /^Rss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "latin1"));
  if (match === null) throw new Error("no Rss in smaps_rollup");
  return Number(match[1]) * 1024;
}

/** CPU seconds that all cores have been busy so far. */
export function machineBusySeconds(): number {
  const [first = ""] = readFileSync("/proc/stat", "latin1").split("\n", 1);
  // user nice system idle iowait irq softirq steal
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = first.trim().split(/\s+/).slice(1).map(Number);
  return (user + nice + system + irq + softirq) / TICKS_PER_SECOND;
}

function preciseCpuSeconds(pid: number): number {
  let nanoseconds = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    nanoseconds += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "latin1").split(" ", 1)[0]);
  }
  return nanoseconds / 1e9;
}

function tickCpuSeconds(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, "latin1");
  // The command's name may hold spaces: fields are counted from its closing parenthesis. utime and stime are 14 and 15.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
