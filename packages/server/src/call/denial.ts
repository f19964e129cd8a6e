import { BrokerError } from "@everwire/broker";
import { type ProtocolFailureCode, protocolFailures, type Refusal, refusalOf } from "@everwire/protocol";

/** A refused channel call, thrown inside the service and sent as the call's answer. */
export class Denial extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.error.message);
    this.refusal = refusal;
  }
}

/** The denial for a row of the protocol's table, docs/protocol/channels.md "Refusals". */
export function denial(code: ProtocolFailureCode): Denial {
  return new Denial(refusalOf(protocolFailures[code]));
}

/** The denial for a log that rejected: `report` learns what the store said, the client only whether to try again. */
export function storeDenial(error: unknown, report: (error: unknown) => void): Denial {
  if (error instanceof BrokerError && error.code === "record_too_large") return denial("record_too_large");
  if (error instanceof BrokerError && error.code === "log_closed") return denial("service_closed");
  report(error);
  return denial(error instanceof BrokerError && !error.retry ? "log_failed" : "unavailable");
}
