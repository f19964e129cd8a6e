import type { EventRule, SchemaResult } from "@everwire/protocol/contract";
import type { PendingAck } from "../event/acknowledgements.ts";
import { isThenable } from "../event/listener-map.ts";
import { ServerError } from "../failures.ts";
import { check } from "./argument-check.ts";

/**
 * Waits for a client's answer to an event of the server, and takes it only in the form that the contract gives it. Any
 * other is as good as none: the wait fails with "answer_invalid". `failed` hears of a schema that throws.
 */
export function validated({ ack }: EventRule, pending: PendingAck, failed: (error: unknown) => void): PendingAck {
  if (ack === undefined) return pending;
  const fail = (detail?: string): void => pending.fail?.(new ServerError("answer_invalid", detail));
  const settle = (result: SchemaResult<unknown>): void =>
    result.issues === undefined ? pending.answer([result.value]) : fail(result.issues[0]?.message);
  const broken = (error: unknown): void => {
    failed(error);
    fail();
  };
  const answer = ([value]: readonly unknown[]): void => {
    try {
      const result = check(ack, value);
      if (isThenable(result)) result.then(settle).then(undefined, broken);
      else settle(result);
    } catch (error) {
      broken(error);
    }
  };
  return { answer, ...(pending.fail !== undefined && { fail: (error: ServerError) => pending.fail?.(error) }) };
}
