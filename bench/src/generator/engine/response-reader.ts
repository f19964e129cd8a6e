export interface ResponseHandler {
  /** The head has come. */
  status(code: number): void;
  /** A piece of the body, chunking taken off. */
  body(text: string): void;
  /** The response is complete. */
  end(): void;
}

const HEAD_END = "\r\n\r\n";
const LENGTH = /\r\ncontent-length: *(\d+)/i;
const CHUNKED = /\r\ntransfer-encoding: *chunked/i;

/**
 * HTTP/1.1 responses on a connection that stays open, one after the other (RFC 9112 §6): a body has its length or comes in
 * chunks. Extensions and trailers of chunks are not expected from a server under test.
 */
export class ResponseReader {
  readonly #handler: ResponseHandler;
  #state: "head" | "body" | "chunk-size" | "chunk" | "chunk-end" = "head";
  #waiting = "";
  /** Bytes of the body, or of the chunk, that have not come yet. */
  #left = 0;
  #last = false;

  constructor(handler: ResponseHandler) {
    this.#handler = handler;
  }

  push(text: string): void {
    this.#waiting = this.#waiting === "" ? text : this.#waiting + text;
    while (this.#step());
  }

  /** @returns whether there may be more to do with what is there. */
  #step(): boolean {
    switch (this.#state) {
      case "head":
        return this.#readHead();
      case "body":
      case "chunk":
        return this.#readBody();
      case "chunk-size":
        return this.#readChunkSize();
      case "chunk-end":
        return this.#readChunkEnd();
    }
  }

  #readHead(): boolean {
    const end = this.#waiting.indexOf(HEAD_END);
    if (end === -1) return false;
    const head = this.#waiting.slice(0, end);
    this.#waiting = this.#waiting.slice(end + HEAD_END.length);
    const length = LENGTH.exec(head)?.[1];
    if (length === undefined && !CHUNKED.test(head)) throw new Error(`neither length nor chunks: ${head}`);
    this.#state = length === undefined ? "chunk-size" : "body";
    this.#left = Number(length ?? 0);
    this.#handler.status(Number(head.slice(9, 12)));
    // A body of no bytes is complete without a further one.
    return length !== "0" || this.#readBody();
  }

  #readBody(): boolean {
    const piece = this.#waiting.length <= this.#left ? this.#waiting : this.#waiting.slice(0, this.#left);
    this.#waiting = this.#waiting.slice(piece.length);
    this.#left -= piece.length;
    if (piece !== "") this.#handler.body(piece);
    if (this.#left > 0) return false;
    if (this.#state === "chunk") this.#state = "chunk-end";
    else this.#complete();
    return this.#waiting !== "";
  }

  #readChunkSize(): boolean {
    const end = this.#waiting.indexOf("\r\n");
    if (end === -1) return false;
    this.#left = Number.parseInt(this.#waiting.slice(0, end), 16);
    this.#last = this.#left === 0;
    this.#waiting = this.#waiting.slice(end + 2);
    this.#state = this.#last ? "chunk-end" : "chunk";
    return this.#waiting !== "";
  }

  #readChunkEnd(): boolean {
    if (this.#waiting.length < 2) return false;
    this.#waiting = this.#waiting.slice(2);
    if (this.#last) this.#complete();
    else this.#state = "chunk-size";
    return this.#waiting !== "";
  }

  #complete(): void {
    this.#state = "head";
    this.#handler.end();
  }
}
