import { Bell } from "./bell.ts";
import type { BodyPiece } from "./body-scanner.ts";
import type { Hold, Planned } from "./fault-plan.ts";

/** Where the pieces of a body go. */
export interface BodyPath {
  /** Resolves when there is room for more. */
  write(piece: BodyPiece): Promise<void>;
  /** The body is complete. Called once, last. */
  end(): Promise<void>;
}

/** Straight on. */
export class DirectPath implements BodyPath {
  readonly #forward: (bytes: Buffer) => Promise<void>;

  constructor(forward: (bytes: Buffer) => Promise<void>) {
    this.#forward = forward;
  }

  write(piece: BodyPiece): Promise<void> {
    return this.#forward(piece.bytes);
  }

  async end(): Promise<void> {}
}

/** Holds a body back. Bounded by `hold.bytes`, which is never above 8 MiB: then what is held goes on. */
export class HeldPath implements BodyPath {
  readonly #hold: () => Hold | undefined;
  readonly #forward: (bytes: Buffer) => Promise<void>;
  readonly #bell = new Bell();
  #held: Buffer[] = [];
  #bytes = 0;
  #since = 0;
  #ended = false;
  /** Releases one after another: time and bytes may both ask for one. */
  #release: Promise<void> = Promise.resolve();

  /** @param hold the present limits; undefined once the fault is off */
  constructor(hold: () => Hold | undefined, forward: (bytes: Buffer) => Promise<void>) {
    this.#hold = hold;
    this.#forward = forward;
  }

  async write(piece: BodyPiece): Promise<void> {
    const isFirst = this.#bytes === 0;
    this.#held.push(Buffer.from(piece.bytes));
    this.#bytes += piece.bytes.length;
    if (isFirst) {
      this.#since = performance.now();
      void this.#watch();
    }
    if (this.#bytes >= (this.#hold()?.bytes ?? 0)) await this.#go();
  }

  async end(): Promise<void> {
    this.#ended = true;
    await this.#go();
  }

  /** The plan has changed. */
  refresh(): void {
    this.#bell.ring();
  }

  async #watch(): Promise<void> {
    const since = this.#since;
    while (!this.#ended && this.#bytes > 0 && this.#since === since) {
      const left = since + (this.#hold()?.ms ?? 0) - performance.now();
      if (left <= 0) await this.#go();
      else await this.#bell.wait(Number.isFinite(left) ? left : undefined);
    }
  }

  #go(): Promise<void> {
    const bytes = Buffer.concat(this.#held);
    this.#held = [];
    this.#bytes = 0;
    this.#bell.ring();
    this.#release = this.#release.then(() => this.#forward(bytes));
    return this.#release;
  }
}

/** Lets so many bytes of data through. What then becomes of the connection is for `cut` to do. */
export class TruncatedPath implements BodyPath {
  readonly #plan: Planned["truncate"];
  readonly #next: BodyPath;
  readonly #cut: () => Promise<void>;
  /** `complete`, chunked: the chunks are written anew, so that the short body is a whole one. */
  readonly #rechunk: boolean;
  #left: number;
  #isCut = false;

  constructor(plan: Planned["truncate"], chunked: boolean, next: BodyPath, cut: () => Promise<void>) {
    this.#plan = plan;
    this.#next = next;
    this.#cut = cut;
    this.#left = plan.bytes;
    this.#rechunk = plan.how === "complete" && chunked;
  }

  async write(piece: BodyPiece): Promise<void> {
    if (this.#isCut || (this.#rechunk && !piece.data)) return;
    if (!piece.data) return await this.#next.write(piece);
    const bytes = piece.bytes.subarray(0, this.#left);
    this.#left -= bytes.length;
    if (bytes.length > 0) {
      await this.#next.write({ bytes: this.#rechunk ? chunk(bytes) : bytes, data: true });
    }
    if (bytes.length < piece.bytes.length) await this.#stop();
  }

  async end(): Promise<void> {
    if (this.#isCut) return;
    // Also for a body that was short enough: the last chunk of the server was taken away with the framing.
    if (this.#rechunk) await this.#next.write({ bytes: LAST_CHUNK, data: false });
    await this.#next.end();
  }

  async #stop(): Promise<void> {
    if (this.#plan.how === "complete") await this.end();
    else await this.#next.end();
    this.#isCut = true;
    await this.#cut();
  }
}

/** RFC 9112 §7.1 */
const LAST_CHUNK = Buffer.from("0\r\n\r\n");

function chunk(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);
}
