import { type BodyPiece, BodyScanner, type Framing } from "./body-scanner.ts";
import type { ByteSource } from "./byte-source.ts";
import { type HttpHead, readHead, type Side } from "./http-head.ts";

/** What stands at the beginning of a flow: a head, its end, or bytes of something that is not HTTP. */
export type Beginning = HttpHead | Buffer | undefined;

/** Reads HTTP messages from a source, one after another. */
export class MessageReader {
  readonly #source: ByteSource;
  readonly #side: Side;

  constructor(source: ByteSource, side: Side) {
    this.#source = source;
    this.#side = side;
  }

  async head(): Promise<Beginning> {
    let bytes: Buffer = Buffer.alloc(0);
    for (;;) {
      const more = await this.#source.pull();
      if (more === undefined) return bytes.length > 0 ? bytes : undefined;
      bytes = bytes.length === 0 ? more : Buffer.concat([bytes, more]);
      const result = readHead(this.#side, bytes);
      if (result === "not-http") return bytes;
      if (result === "more") continue;
      this.#source.putBack(result.rest);
      return result.head;
    }
  }

  /**
   * Gives the pieces of a body one by one, each when the one before has been taken. `short`: the flow ended in the
   * middle of it. `malformed`: this is no HTTP any more, what follows can only be passed on as bytes.
   */
  async body(framing: Framing, take: (piece: BodyPiece) => Promise<void>): Promise<"whole" | "short" | "malformed"> {
    const scanner = new BodyScanner(framing);
    while (scanner.state === "body") {
      const bytes = await this.#source.pull();
      if (bytes === undefined) return framing.kind === "until-close" ? "whole" : "short";
      const { pieces, rest } = scanner.push(bytes);
      this.#source.putBack(rest);
      for (const piece of pieces) await take(piece);
    }
    return scanner.state === "done" ? "whole" : "malformed";
  }

  /** Everything to the end of the flow. */
  async rest(take: (bytes: Buffer) => Promise<void>): Promise<void> {
    for (let bytes = await this.#source.pull(); bytes !== undefined; bytes = await this.#source.pull())
      await take(bytes);
  }
}
