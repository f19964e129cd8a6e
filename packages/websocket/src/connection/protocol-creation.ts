import type { DeflateAgreement } from "../deflate/deflate-offer.ts";
import { PerMessageDeflate } from "../deflate/permessage-deflate.ts";
import type { Role } from "../frame/frame-parser.ts";
import type { ResolvedConnectionOptions } from "./connection-options.ts";
import { Protocol } from "./protocol.ts";

/** The machine of a connection, with compression if that was agreed on; `moved` as a Protocol calls it. */
export function createProtocol(
  role: Role,
  options: ResolvedConnectionOptions,
  deflate: DeflateAgreement | undefined,
  moved: () => void,
): Protocol {
  if (deflate === undefined || options.perMessageDeflate === undefined) return new Protocol(role, options);
  return new Protocol(role, options, new PerMessageDeflate(role, deflate, options.perMessageDeflate), moved);
}
