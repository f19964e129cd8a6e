/** A Socket.IO packet as the parsers of socket.io-client have it: type 0 to 6, the digit on the wire. */
export interface ParserPacket {
  type: number;
  nsp: string;
  data?: unknown;
  id?: number | undefined;
}

/** Makes of a packet the messages that are sent for it, text or bytes. */
export interface ParserEncoder {
  encode(packet: ParserPacket): readonly (string | Uint8Array)[];
}

/** Takes messages in order and calls the listener of "decoded" for each packet. May throw on what it cannot read. */
export interface ParserDecoder {
  add(message: unknown): void;
  on(event: "decoded", listener: (packet: ParserPacket) => void): unknown;
  destroy(): void;
}

/**
 * An encoding of packets, in the form that the option `parser` of Socket.IO has on both sides: `Encoder` makes a
 * ParserEncoder, `Decoder` a ParserDecoder. Parsers are declared in ways that do not fit each other, hence so little here.
 */
export interface Parser {
  readonly Encoder: new () => object;
  readonly Decoder: new () => object;
}
