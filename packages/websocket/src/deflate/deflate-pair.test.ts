import assert from "node:assert/strict";
import { parseExtensionOffers } from "../header/extension-offer.ts";
import { agreeToOffer } from "./deflate-offer.ts";
import { type PerMessageDeflateOptions, resolveDeflateOptions } from "./deflate-options.ts";
import { PerMessageDeflate } from "./permessage-deflate.ts";

// What the tests of compression share.

/** Both ends of a connection on which these options and this offer were agreed. */
export function codecs(
  options: PerMessageDeflateOptions = {},
  maxPayload = 1024 * 1024,
  offer = "permessage-deflate; client_max_window_bits",
): { server: PerMessageDeflate; client: PerMessageDeflate } {
  const resolved = resolveDeflateOptions(options, maxPayload);
  assert.ok(resolved !== undefined);
  const agreed = agreeToOffer(parseExtensionOffers(offer) ?? [], resolved);
  assert.ok(agreed !== undefined);
  return {
    server: new PerMessageDeflate("server", agreed, resolved),
    client: new PerMessageDeflate("client", agreed, resolved),
  };
}
