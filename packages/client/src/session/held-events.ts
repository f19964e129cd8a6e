import type { Runner } from "./opening-race.ts";

/** What the transport reports from now on waits; what is returned hands it on to the target that the runner has then. */
export function holdEvents(runner: Runner): () => void {
  const calls: (() => void)[] = [];
  const hold = (call: () => void): unknown => calls.push(call);
  runner.target = {
    open: () => hold(() => runner.target.open()),
    packet: (packet) => hold(() => runner.target.packet(packet)),
    drain: () => hold(() => runner.target.drain()),
    ended: () => hold(() => runner.target.ended()),
    close: (failure, detail) => hold(() => runner.target.close(failure, detail)),
  };
  return () => {
    for (const call of calls) call();
  };
}
