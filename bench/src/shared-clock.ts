/** A clock that all processes of a machine share and that never goes back (Linux: CLOCK_MONOTONIC), in microseconds. */
export function nowMicroseconds(): number {
  return Number(process.hrtime.bigint() / 1000n);
}
