import { Duplex } from "node:stream";

/** A connection without a network: what the server writes is kept, one entry per write of the socket. */
export class FakeConnection extends Duplex {
  readonly writes: string[] = [];

  constructor() {
    super({ decodeStrings: false });
  }

  /** All that has been written. */
  get text(): string {
    return this.writes.join("");
  }

  // What node:http asks of a socket beside the stream.
  setTimeout(): this {
    return this;
  }

  override _read(): void {}

  override _write(chunk: string | Buffer, encoding: BufferEncoding, done: () => void): void {
    this.writes.push(
      typeof chunk === "string" ? Buffer.from(chunk, encoding).toString("utf8") : chunk.toString("utf8"),
    );
    done();
  }
}

/** Waits for a condition, turn by turn of the event loop; throws when it does not come true. */
export async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + 2000;
  while (!condition()) {
    if (performance.now() > end) throw new Error("the condition did not come true");
    await new Promise((resolve) => setImmediate(resolve));
  }
}
