import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { setImmediate as nextTurn } from "node:timers/promises";

/**
 * The talk between a server and the process that started it, in lines: the server says `{"port":…,"note":…}` once;
 * "collect" asks for a garbage collection and is answered "collected"; the end of input is the end of the server.
 */
export function announce(port: number, note: string): void {
  process.stdout.write(`${JSON.stringify({ port, note })}\n`);
  const lines = createInterface({ input: process.stdin });
  lines.on("line", (line) => {
    if (line === "collect") void collect();
  });
  lines.on("close", () => process.exit());
}

/** Announces a server as soon as it listens. */
export function announceListening(
  server: { address(): AddressInfo | string | null; once(event: "listening", listener: () => void): unknown },
  note: string,
): void {
  server.once("listening", () => {
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    announce(address.port, note);
  });
}

async function collect(): Promise<void> {
  // Objects with a native half go in two steps, so once is not enough.
  for (let pass = 0; pass < 4; pass++) {
    globalThis.gc?.();
    await nextTurn();
  }
  process.stdout.write("collected\n");
}
