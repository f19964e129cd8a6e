import assert from "node:assert/strict";
import type { EnginePacket } from "@everwire/protocol";
import type { EngineTransport, EngineTransportHandler, TransportFactory, TransportName } from "./engine-transport.ts";

/** A transport whose other end is the test: for schedules that no real server can be made to follow. */
export class TestTransport implements EngineTransport {
  readonly name: TransportName;
  readonly sid: string | undefined;
  readonly handler: EngineTransportHandler;
  /** Text of each packet sent, with its type; bytes as "binary:<length>". */
  readonly sent: string[] = [];
  readonly pause?: (done: () => void) => void;
  writable = false;
  opened = false;
  closed = false;
  /** Set while the transport is asked to pause; call it when nothing is under way any more. */
  paused: (() => void) | undefined;

  constructor(name: TransportName, sid: string | undefined, handler: EngineTransportHandler) {
    this.name = name;
    this.sid = sid;
    this.handler = handler;
    if (name === "polling") {
      this.pause = (done) => {
        this.writable = false;
        this.paused = done;
      };
    }
  }

  open(): void {
    this.opened = true;
  }

  resume(): void {
    this.paused = undefined;
    this.writable = true;
  }

  send(packets: readonly EnginePacket[]): number {
    assert.ok(this.writable, "sent when not writable");
    for (const { type, data } of packets) {
      this.sent.push(typeof data === "string" ? `${type}:${data}` : `binary:${data.length}`);
    }
    return packets.length;
  }

  close(): void {
    this.closed = true;
  }

  /** The server accepts the transport and, for a new session, sends its handshake. */
  accept(handshake: Partial<Record<string, unknown>> = {}): void {
    this.writable = true;
    this.handler.open();
    if (this.sid !== undefined) return;
    const fields = {
      sid: "s1",
      upgrades: [],
      pingInterval: 25_000,
      pingTimeout: 20_000,
      maxPayload: 1_000,
      ...handshake,
    };
    this.receive("open", JSON.stringify(fields));
  }

  receive(type: EnginePacket["type"], data: string | Uint8Array = ""): void {
    this.handler.packet({ type, data });
  }
}

/** All transports made, in order. */
export class TestNetwork {
  readonly transports: TestTransport[] = [];
  readonly create: TransportFactory = (name, sid, handler) => {
    const transport = new TestTransport(name, sid, handler);
    this.transports.push(transport);
    return transport;
  };

  get last(): TestTransport {
    const last = this.transports.at(-1);
    assert.ok(last !== undefined, "no transport was made");
    return last;
  }
}
