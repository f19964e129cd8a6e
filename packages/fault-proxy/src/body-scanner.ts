import type { HttpHead } from "./http-head.ts";

/** How long a body is. RFC 9112 §6.3. */
export type Framing =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly length: number }
  | { readonly kind: "chunked" }
  | { readonly kind: "until-close" };

/** Bytes of a body: `data` is what the application sent, the rest is the framing of chunks. */
export interface BodyPiece {
  readonly bytes: Buffer;
  readonly data: boolean;
}

export function requestFraming(head: HttpHead): Framing {
  return declared(head) ?? { kind: "none" };
}

/** @param method of the request that it answers */
export function responseFraming(head: HttpHead, method: string): Framing {
  // RFC 9112 §6.3, rules 1 and 2
  if (method === "HEAD" || head.status === 204 || head.status === 304) return { kind: "none" };
  return declared(head) ?? { kind: "until-close" };
}

function declared(head: HttpHead): Framing | undefined {
  // RFC 9112 §6.3, rule 4: Transfer-Encoding overrides Content-Length.
  if (/\bchunked\s*$/i.test(head.field("transfer-encoding") ?? "")) return { kind: "chunked" };
  const length = head.field("content-length");
  return length !== undefined && /^\d{1,15}$/.test(length) ? { kind: "length", length: Number(length) } : undefined;
}

/** A line of the chunked coding beyond this is not one. */
const MAX_LINE = 8 * 1024;

/** Finds the end of a body, whatever pieces it comes in. Nothing is kept but an unfinished line of the chunked coding. */
export class BodyScanner {
  state: "body" | "done" | "malformed" = "body";
  readonly #chunked: boolean;
  /** Of the whole body, or of the present chunk. */
  #left: number;
  #line = "";
  #expects: "size" | "data" | "data-end" | "trailer";

  constructor(framing: Framing) {
    this.#chunked = framing.kind === "chunked";
    this.#expects = this.#chunked ? "size" : "data";
    this.#left = framing.kind === "length" ? framing.length : framing.kind === "none" ? 0 : Number.POSITIVE_INFINITY;
    if (!this.#chunked && this.#left === 0) this.state = "done";
  }

  /** Splits the bytes into what belongs to this body and the rest. */
  push(bytes: Buffer): { readonly pieces: readonly BodyPiece[]; readonly rest: Buffer } {
    const pieces: BodyPiece[] = [];
    let rest = bytes;
    while (rest.length > 0 && this.state === "body") {
      const taken = this.#expects === "data" ? Math.min(rest.length, this.#left) : lineLength(rest);
      const piece = rest.subarray(0, taken);
      pieces.push({ bytes: piece, data: this.#expects === "data" });
      rest = rest.subarray(taken);
      if (this.#expects === "data") this.#takeData(taken);
      else this.#takeLine(piece.toString("latin1"));
    }
    return { pieces, rest };
  }

  #takeData(length: number): void {
    this.#left -= length;
    if (this.#left > 0) return;
    if (this.#chunked) this.#expects = "data-end";
    else this.state = "done";
  }

  /** RFC 9112 §7.1 */
  #takeLine(part: string): void {
    this.#line += part;
    if (!this.#line.endsWith("\n")) {
      if (this.#line.length > MAX_LINE) this.state = "malformed";
      return;
    }
    const line = this.#line.trimEnd();
    this.#line = "";
    if (this.#expects === "data-end") this.#expects = "size";
    else if (this.#expects === "trailer") this.state = line === "" ? "done" : "body";
    else this.#takeSize(line);
  }

  #takeSize(line: string): void {
    const size = /^([\da-f]{1,12})\s*(;|$)/i.exec(line)?.[1];
    if (size === undefined) {
      this.state = "malformed";
      return;
    }
    this.#left = Number.parseInt(size, 16);
    this.#expects = this.#left === 0 ? "trailer" : "data";
  }
}

function lineLength(bytes: Buffer): number {
  const end = bytes.indexOf(10);
  return end === -1 ? bytes.length : end + 1;
}
