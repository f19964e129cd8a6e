import { connect } from "node:net";
import { responseFraming } from "./body-scanner.ts";
import { ByteSource } from "./byte-source.ts";
import { HttpHead } from "./http-head.ts";
import { MessageReader } from "./message-reader.ts";
import type { Target } from "./target.ts";

/** A first copy that is not answered within this is given up, and the second one is sent. */
const ANSWER_WITHIN = 10_000;

/** Sends a request on a connection of its own and throws its answer away. Resolves with the status, when there was one. */
export async function sendCopy(
  target: Target,
  method: string,
  request: Buffer,
  signal: AbortSignal,
): Promise<number | undefined> {
  const socket = connect(target);
  const giveUp = (): void => void socket.destroy();
  // Not an option of `connect`: that would leave a listener behind for each copy, and the signal outlives them all.
  signal.addEventListener("abort", giveUp);
  if (signal.aborted) giveUp();
  socket.setNoDelay(true);
  socket.on("error", () => {});
  const timer = setTimeout(() => socket.destroy(), ANSWER_WITHIN);
  try {
    const reader = new MessageReader(new ByteSource(socket, () => {}), "response");
    socket.write(request);
    let head = await reader.head();
    while (head instanceof HttpHead && head.status < 200) head = await reader.head();
    if (!(head instanceof HttpHead)) return undefined;
    await reader.body(responseFraming(head, method), async () => {});
    return head.status;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", giveUp);
    socket.destroy();
  }
}
