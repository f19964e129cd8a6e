import type { DeflateAgreement } from "../deflate/deflate-offer.ts";
import { PerMessageDeflate } from "../deflate/permessage-deflate.ts";
import type { Role } from "../frame/frame-parser.ts";
import type { ResolvedConnectionOptions } from "./connection-options.ts";
import { Protocol } from "./protocol.ts";

/** Who comes back to a machine when something of it took place beside the event loop. */
export interface Later {
  /** See {@link Protocol.proceed}. */
  proceed(): void;
}

/** The machine of a connection, with compression if that was agreed on. */
export function createProtocol(
  role: Role,
  options: ResolvedConnectionOptions,
  deflate: DeflateAgreement | undefined,
  later: Later,
): Protocol {
  if (deflate === undefined || options.perMessageDeflate === undefined) return new Protocol(role, options);
  return compressing(role, options, new PerMessageDeflate(role, deflate, options.perMessageDeflate), later);
}

/** Apart from the other case, as a closure costs where it could be made. */
function compressing(role: Role, options: ResolvedConnectionOptions, codec: PerMessageDeflate, later: Later): Protocol {
  return new Protocol(role, options, codec, () => later.proceed());
}
