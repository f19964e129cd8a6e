import type { Codec, Deflated, Inflated } from "../frame/codec.ts";
import type { Role } from "../frame/frame-parser.ts";
import { Deflater } from "./deflate.ts";
import { TurnShare } from "./deflate-budget.ts";
import type { DeflateAgreement } from "./deflate-offer.ts";
import type { ResolvedDeflateOptions } from "./deflate-options.ts";
import { Inflater } from "./inflate.ts";

/** One end of permessage-deflate (RFC 7692 §7): the agreement by name becomes one by direction. */
export class PerMessageDeflate implements Codec {
  readonly #deflater: Deflater;
  readonly #inflater: Inflater;

  constructor(role: Role, agreement: DeflateAgreement, options: ResolvedDeflateOptions) {
    const turn = new TurnShare();
    const { serverMaxWindowBits, serverNoContextTakeover, clientMaxWindowBits, clientNoContextTakeover } = agreement;
    const server = [serverMaxWindowBits, !serverNoContextTakeover] as const;
    const client = [clientMaxWindowBits, !clientNoContextTakeover] as const;
    const [own, peers] = role === "server" ? [server, client] : [client, server];
    this.#deflater = new Deflater(...own, options, turn);
    this.#inflater = new Inflater(...peers, options, turn);
  }

  wants(length: number): boolean {
    return this.#deflater.wants(length);
  }

  shareKey(length: number): number | undefined {
    return this.#deflater.shareKey(length);
  }

  deflate(payload: Uint8Array, done: (deflated: Deflated) => void): Deflated | "later" {
    return this.#deflater.deflate(payload, done);
  }

  inflate(stream: Buffer, done: (inflated: Inflated) => void): Inflated | "later" {
    return this.#inflater.inflate(stream, done);
  }

  close(): void {
    this.#inflater.close();
  }
}
