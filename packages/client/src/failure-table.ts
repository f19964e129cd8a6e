import { TEXTS } from "./failure-texts.ts";
import { type ClientFailure, type ClientFailureCode, clientFailure } from "./failures.ts";

/** Every row by its code. */
export const CLIENT_FAILURES: ReadonlyMap<ClientFailureCode, ClientFailure> = /* @__PURE__ */ new Map(
  // The type of the table says that its names are the codes.
  /* @__PURE__ */ (Object.keys(TEXTS) as ClientFailureCode[]).map((code) => [code, clientFailure(code)]),
);
