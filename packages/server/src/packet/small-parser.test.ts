// A parser of the shape of socket.io-msgpack-parser: packets of the connection are texts, events are bytes.
import { EventEmitter } from "node:events";
import { deserialize, serialize } from "node:v8";
import type { Parser, ParserPacket } from "./parser-codec.ts";

class Encoder {
  encode(packet: ParserPacket): (string | Uint8Array)[] {
    return [packet.type === 2 || packet.type === 3 ? serialize(packet) : JSON.stringify(packet)];
  }
}

class Decoder extends EventEmitter {
  add(message: unknown): void {
    const decoded: unknown =
      typeof message === "string"
        ? JSON.parse(message)
        : message instanceof Uint8Array
          ? deserialize(message)
          : undefined;
    this.emit("decoded", decoded);
  }

  destroy(): void {
    this.removeAllListeners();
  }
}

export const smallParser: Parser = { Encoder, Decoder };
