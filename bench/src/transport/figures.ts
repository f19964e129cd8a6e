import type { Figure, Goal } from "../bench.ts";
import type { Measurement } from "../generator/job.ts";

const perServerCpu = ({ operations, serverCpu }: Measurement) => operations / serverCpu;
const perSecond = ({ operations, seconds }: Measurement) => operations / seconds;

export const atLeast = (ratio: number): Goal => ({ relation: ">=", ratio });
export const atMost = (ratio: number): Goal => ({ relation: "<=", ratio });

/** Operations a second, compared by the server CPU that they took. */
export function rate(title: string, unit: string, goal: Goal): Figure {
  return { title, unit, goal, shown: perSecond, compared: perServerCpu };
}

export function each(title: string, unit: string, of: (measurement: Measurement) => number, goal?: Goal): Figure {
  return { title, unit, ...(goal === undefined ? {} : { goal }), shown: of, compared: of };
}

/** What a row has not looked at is not a number, and is not shown as one. */
const missing = Number.NaN;

/** Of an event that the server sends while little happens. */
export const PUSH_P50: Figure = each("push, p50", "ms", ({ latency }) => latency?.p50 ?? missing);
export const PUSH_P99: Figure = each("push, p99", "ms", ({ latency }) => latency?.p99 ?? missing);
export const PUSH_REQUESTS: Figure = each("push, requests", "requests/event", requests);
export const PUSH_DOWN: Figure = each("push, bytes down", "B/event", bytesDown);
export const PUSH_UP: Figure = each("push, bytes up", "B/event", bytesUp);
export const PUSH_CPU: Figure = each("push, server CPU", "µs/event", cpuMicroseconds);

/** Of an event up and its echo down, one after the other. */
export const ECHO_REQUESTS: Figure = each("echo, requests", "requests/echo", requests);
export const ECHO_DOWN: Figure = each("echo, bytes down", "B/echo", bytesDown);
export const ECHO_UP: Figure = each("echo, bytes up", "B/echo", bytesUp);
export const ECHO_CPU: Figure = each("echo, server CPU", "µs/echo", cpuMicroseconds);
/** Both ways: an echo is two. */
export const ECHO_RATE: Figure = each("echo at full speed", "msg/CPU s", (one) => 2 * perServerCpu(one));
export const BURST_RATE: Figure = each("echo at full speed, 16 in flight", "msg/CPU s", (one) => 2 * perServerCpu(one));

export const IDLE_MEMORY: Figure = each("idle client, RSS", "B/client", memory);

export function memory({ residentGrowth, operations }: Measurement): number {
  return residentGrowth / operations;
}

function requests({ traffic, operations }: Measurement): number {
  return traffic === undefined ? missing : traffic.requests / operations;
}

function bytesUp({ traffic, operations }: Measurement): number {
  return traffic === undefined ? missing : traffic.sentBytes / operations;
}

function bytesDown({ receivedBytes, operations }: Measurement): number {
  return receivedBytes / operations;
}

function cpuMicroseconds({ serverCpu, operations }: Measurement): number {
  return (serverCpu * 1e6) / operations;
}
