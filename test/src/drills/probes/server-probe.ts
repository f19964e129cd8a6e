import { io, type Socket } from "@everwire/client";
import { CONNECTIONS, INTERVAL, LONGEST_ECHO, QUESTION, type Witness } from "./witness.ts";

const LONGEST_OPENING = 20_000;

/** Our own client, half of its connections by polling and half by WebSocket, that wants events acknowledged. */
export async function probeServer(port: number, witness: Witness): Promise<void> {
  for (let index = 0; index < CONNECTIONS; index++) {
    const transport = index % 2 === 0 ? "polling" : "websocket";
    const options = { upgrade: false, forceNew: true, reconnection: false };
    const socket = io(`http://127.0.0.1:${port}`, { ...options, transports: [transport] });
    await opened(socket);
    socket.on("disconnect", () => witness.failed());
    setTimeout(() => keepAsking(socket, witness), (index * INTERVAL) / CONNECTIONS);
  }
}

function opened(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error("the probe was not let in")), LONGEST_OPENING);
    socket.on("connect_error", reject);
    socket.on("connect", () => {
      clearTimeout(late);
      resolve();
    });
  });
}

function keepAsking(socket: Socket, witness: Witness): void {
  let waiting = false;
  setInterval(() => {
    if (waiting || !socket.connected) return;
    waiting = true;
    const asked = performance.now();
    socket
      .timeout(LONGEST_ECHO)
      .emitWithAck("echo", QUESTION)
      .then(
        () => witness.echoed(performance.now() - asked),
        () => witness.failed(),
      )
      .finally(() => {
        waiting = false;
      });
  }, INTERVAL);
}
