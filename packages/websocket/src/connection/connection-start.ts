import type { DeflateAgreement } from "../deflate/deflate-offer.ts";
import type { Role } from "../frame/frame-parser.ts";
import type { ConnectionOptions } from "./connection-options.ts";

/** What the handshake has settled. */
export interface ConnectionStart {
  readonly role: Role;
  /** Bytes that came with the handshake and belong to the first frames. */
  readonly head: Buffer;
  readonly protocol: string;
  readonly options: ConnectionOptions | undefined;
  /** What was agreed on about compression; without it there is none. */
  readonly deflate?: DeflateAgreement | undefined;
}
