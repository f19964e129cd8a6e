import * as rows from "./failure-rows.ts";
import type { ProtocolFailure, ProtocolFailureCode } from "./failures.ts";

/** Every row by its name, which is its code. */
export const failures: Readonly<Record<ProtocolFailureCode, ProtocolFailure>> = rows;

/** Every row by its code. */
export const PROTOCOL_FAILURES: ReadonlyMap<ProtocolFailureCode, ProtocolFailure> = /* @__PURE__ */ new Map(
  /* @__PURE__ */ Object.values(rows).map((failure): [ProtocolFailureCode, ProtocolFailure] => [failure.code, failure]),
);
