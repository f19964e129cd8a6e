import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { failureOf, StoreHost } from "./store-host.ts";
import type { StoreCall, StoreOptions, StoreReply } from "./store-message.ts";

// The thread that owns the file. It answers each call with one message, in the order of the calls; SQLite's waits for the
// disk block this thread and no other.

function serve(port: MessagePort, options: StoreOptions): void {
  const host = new StoreHost(options);
  port.on("message", (call: StoreCall) => {
    const reply = host.handle(call);
    port.postMessage(reply, buffersOf(reply));
    if (reply.kind === "closed") port.close();
  });
  port.postMessage({ kind: "opened" } satisfies StoreReply);
}

/** The buffers that move to the other thread instead of being copied. */
function buffersOf(reply: StoreReply): ArrayBuffer[] {
  return reply.kind === "page" ? reply.page.records.map((record) => record.data.buffer) : [];
}

if (parentPort !== null) {
  try {
    // `workerData` is what store-worker.ts passes: StoreOptions.
    serve(parentPort, workerData);
  } catch (error) {
    parentPort.postMessage(failureOf(error));
    parentPort.close();
  }
}
