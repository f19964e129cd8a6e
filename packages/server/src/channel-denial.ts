import { BrokerError } from "@everwire/broker";
import type { ProtocolFailure, ProtocolFailureCode, Refusal } from "@everwire/protocol";
import { SERVER_FAILURES, type ServerFailureCode } from "./failures.ts";

/** A refused channel call, thrown inside the service and sent as the call's answer. */
export class Denial extends Error {
  readonly refusal: Refusal;

  constructor(code: string, message: string, retry: boolean) {
    super(message);
    this.refusal = { ok: false, error: { code, message, retry } };
  }
}

/** The denial for a row of the failure table. */
export function denial(code: ServerFailureCode): Denial {
  const row = SERVER_FAILURES.get(code);
  return new Denial(code, row?.meaning ?? code, row?.retry ?? false);
}

const CALL_CODES: ReadonlyMap<ProtocolFailureCode, ServerFailureCode> = new Map([
  ["invalid_channel", "channel_invalid"],
  ["invalid_message_id", "id_invalid"],
  ["invalid_position", "position_invalid"],
  ["invalid_limit", "limit_invalid"],
  ["invalid_data", "data_invalid"],
]);

/** The denial for a request that its decoder refused. */
export function denialOf(failure: ProtocolFailure): Denial {
  return denial(CALL_CODES.get(failure.code) ?? "request_invalid");
}

/** The denial for a log that rejected. What the store said stays on this side. */
export function storeDenial(error: unknown): Denial {
  if (!(error instanceof BrokerError)) return denial("store_failed");
  if (error.code === "record_too_large") return denial("record_too_large");
  if (error.code === "log_closed") return denial("service_closed");
  const { refusal } = denial("store_failed");
  return new Denial(refusal.error.code, refusal.error.message, error.retry);
}
