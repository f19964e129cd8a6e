import { isJsonObject } from "../json-object.ts";

/** Why an event was not served. Public, never reused; an application has codes of its own beside these. */
export type EventRefusalCode =
  | "invalid_event"
  | "unknown_event"
  | "unhandled_event"
  | "too_many_events"
  | "event_failed";

export interface EventRefusalRow {
  readonly meaning: string;
  /** Whether the same event may be served later. */
  readonly retry: boolean;
}

const ROWS: Readonly<Record<EventRefusalCode, EventRefusalRow>> = {
  invalid_event: { meaning: "the arguments are not those of the contract", retry: false },
  unknown_event: { meaning: "the contract has no such event", retry: false },
  unhandled_event: { meaning: "nothing serves this event", retry: false },
  too_many_events: { meaning: "too many events of this socket wait to be validated", retry: true },
  event_failed: { meaning: "the event could not be served", retry: true },
};

/** By code. An application's own codes are not in it. */
export const EVENT_REFUSALS: ReadonlyMap<string, EventRefusalRow> = new Map(Object.entries(ROWS));

/** What is wrong with an event: the number of the argument, from 0, and where in it. */
export interface EventIssue {
  readonly argument: number;
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** A refusal in an acknowledgement. */
export interface EventError {
  readonly code: string;
  readonly message: string;
  readonly retry: boolean;
  /** With "invalid_event". */
  readonly issues?: readonly EventIssue[];
  readonly data?: unknown;
}

/**
 * An event was refused. In a client, what `emitWithAck` of a contract rejects with. In a server, what a handler throws to
 * refuse with a code, message and data of its own: nothing else that it throws is ever shown to the client.
 */
export class EventRefused extends Error {
  override readonly name: string = "EventRefused";
  readonly code: EventRefusalCode | (string & {});
  readonly retry: boolean;
  readonly issues: readonly EventIssue[];
  readonly data: unknown;

  constructor(
    code: EventRefusalCode | (string & {}),
    message: string = EVENT_REFUSALS.get(code)?.meaning ?? code,
    { retry, issues = [], data }: { retry?: boolean; issues?: readonly EventIssue[]; data?: unknown } = {},
  ) {
    super(message);
    this.code = code;
    this.retry = retry ?? EVENT_REFUSALS.get(code)?.retry ?? false;
    this.issues = issues;
    this.data = data;
  }
}

/** The acknowledgement that says so. */
export function refusalAnswer({ code, message, retry, issues, data }: EventRefused): { readonly error: EventError } {
  const error = { code, message, retry, ...(issues.length > 0 && { issues }), ...(data !== undefined && { data }) };
  return { error };
}

/**
 * The refusal in an acknowledgement: an object with `error` and nothing else, whose code is a text. Undefined for any other
 * answer, which is then that of a handler.
 */
export function readRefusal(answer: unknown): EventRefused | undefined {
  if (!isJsonObject(answer) || Object.keys(answer).length !== 1 || !isJsonObject(answer.error)) return undefined;
  const { code, message, retry, issues, data } = answer.error;
  if (typeof code !== "string") return undefined;
  return new EventRefused(code, typeof message === "string" ? message : undefined, {
    ...(typeof retry === "boolean" && { retry }),
    ...(Array.isArray(issues) && { issues: issues.filter(isIssue) }),
    data,
  });
}

function isIssue(value: unknown): value is EventIssue {
  if (!isJsonObject(value)) return false;
  return typeof value.argument === "number" && Array.isArray(value.path) && typeof value.message === "string";
}
