import assert from "node:assert/strict";
import { test } from "node:test";
import * as everwire from "./index.ts";

test("the package exports these values and no others", () => {
  assert.deepEqual(Object.keys(everwire).sort(), [
    "AdmissionRefusal",
    "BroadcastOperator",
    "BrokerError",
    "ChannelService",
    "Connection",
    "HandshakeError",
    "MemoryLog",
    "Namespace",
    "PreparedMessage",
    "Server",
    "ServerError",
    "Socket",
    "WebSocket",
    "WebSocketServer",
    "acceptUpgrade",
    "connect",
    "openSqliteLog",
    "refuseUpgrade",
  ]);
});
