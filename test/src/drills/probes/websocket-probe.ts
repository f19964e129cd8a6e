import { RawClient } from "../raw-client.ts";
import { frame, PONG, TEXT } from "../raw-frame.ts";
import { CONNECTIONS, INTERVAL, LONGEST_ECHO, QUESTION, type Witness } from "./witness.ts";

const MESSAGE = frame(TEXT, QUESTION);
/** A server's frame has no mask. */
const ECHO_BYTES = MESSAGE.length - 4;

/** WebSockets that send text and want it back. */
export async function probeWebSocket(port: number, witness: Witness): Promise<void> {
  for (let index = 0; index < CONNECTIONS; index++) {
    const client = await RawClient.upgrade(port, "/echo");
    client.onGone(() => witness.failed());
    setTimeout(() => keepAsking(client, witness), (index * INTERVAL) / CONNECTIONS);
  }
}

function keepAsking(client: RawClient, witness: Witness): void {
  let asked: number | undefined;
  let received = 0;
  client.onBytes = (count, bytes) => {
    // A ping of the server may come before an echo, never within: it is answered, or we would be taken for dead.
    const start = received === 0 ? answerPings(client, bytes, count) : 0;
    received += count - start;
    if (received < ECHO_BYTES || asked === undefined) return;
    received = 0;
    witness.echoed(performance.now() - asked);
    asked = undefined;
  };
  setInterval(() => {
    if (client.gone !== undefined) return;
    if (asked !== undefined) {
      if (performance.now() - asked < LONGEST_ECHO) return;
      witness.failed();
    }
    asked = performance.now();
    client.write(MESSAGE);
  }, INTERVAL);
}

/** RFC 6455 §5.5.3: a pong has the application data of its ping. Returns where the next frame begins. */
function answerPings(client: RawClient, bytes: Buffer, count: number): number {
  let at = 0;
  while (at + 2 <= count && bytes[at] === 0x89) {
    const end = at + 2 + bytes.readUInt8(at + 1);
    client.write(frame(PONG, bytes.subarray(at + 2, end)));
    at = end;
  }
  return at;
}
