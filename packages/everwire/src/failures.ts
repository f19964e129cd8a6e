/**
 * Every failure of this package, in three tables: what the process exits with, why it cannot start, and what the
 * chat refuses. Codes are public (scripts and pages compare them) and are never reused for something else.
 */

/** Exit codes of `everwire`. A stop by signal is a success: it is what the operator asked for. */
export const EXIT_OK = 0;
/** The command was understood and cannot be carried out, for example because the port is in use. */
export const EXIT_FAILED = 1;
/** The command was not understood: unknown command or option, or a value out of range. */
export const EXIT_USAGE = 2;
/** A defect: an exception reached the last-resort handler (EX_SOFTWARE of sysexits.h). */
export const EXIT_DEFECT = 70;

export type StartFailureCode = "port_taken" | "port_forbidden" | "host_unknown" | "data_unusable" | "site_unusable";

export class StartFailure {
  readonly code: StartFailureCode;
  readonly meaning: string;
  readonly hint: string;

  constructor(code: StartFailureCode, meaning: string, hint: string) {
    this.code = code;
    this.meaning = meaning;
    this.hint = hint;
    Object.freeze(this);
  }
}

export const START_FAILURES: ReadonlyMap<StartFailureCode, StartFailure> = table([
  new StartFailure("port_taken", "the port is in use", "Choose another with --port, or --port 0 for any free one."),
  new StartFailure(
    "port_forbidden",
    "this user may not listen on the port",
    "Choose a port of 1024 or above with --port.",
  ),
  new StartFailure("host_unknown", "not an address of this machine", "Choose one with --host, or leave it out."),
  new StartFailure("data_unusable", "the data directory cannot be used", "Choose another with --data."),
  new StartFailure("site_unusable", "the built site cannot be served", "Build it again with `npm run build`."),
]);

/** Thrown while starting; its message is the one line that the command prints. */
export class StartError extends Error {
  readonly failure: StartFailure;

  constructor(code: StartFailureCode, subject: string, options?: ErrorOptions) {
    const failure = row(START_FAILURES, code);
    super(`${failure.meaning}: ${subject}. ${failure.hint}`, options);
    this.name = "StartError";
    this.failure = failure;
  }
}

export type ChatFailureCode =
  | "client_invalid"
  | "name_empty"
  | "name_too_long"
  | "name_invalid"
  | "name_taken"
  | "room_invalid"
  | "rooms_full"
  | "text_empty"
  | "text_too_long"
  | "text_invalid";

export class ChatFailure {
  readonly code: ChatFailureCode;
  readonly meaning: string;
  /** Whether the same request can succeed later, without being changed. */
  readonly retry: boolean;

  constructor(code: ChatFailureCode, meaning: string, retry: boolean) {
    this.code = code;
    this.meaning = meaning;
    this.retry = retry;
    Object.freeze(this);
  }
}

export const CHAT_FAILURES: ReadonlyMap<ChatFailureCode, ChatFailure> = table([
  new ChatFailure("client_invalid", "the client id is not 22 to 64 characters of A-Z a-z 0-9 _ -", false),
  new ChatFailure("name_empty", "the name has no visible character", false),
  new ChatFailure("name_too_long", "the name is longer than 32 characters", false),
  new ChatFailure("name_invalid", "the name has control, direction or invisible characters", false),
  new ChatFailure("name_taken", "somebody else holds this name or left less than 30 seconds ago", true),
  new ChatFailure("room_invalid", "a room is named by 1 to 40 lower-case letters, digits, - _ or space", false),
  new ChatFailure("rooms_full", "there are as many rooms as this server keeps", false),
  new ChatFailure("text_empty", "the text is empty", false),
  new ChatFailure("text_too_long", "the text is longer than 4000 characters", false),
  new ChatFailure("text_invalid", "the text has control characters or broken Unicode", false),
]);

/** The row of a chat failure; one frozen instance per code, so rows can be compared by identity. */
export function chatFailure(code: ChatFailureCode): ChatFailure {
  return row(CHAT_FAILURES, code);
}

function table<Row extends { readonly code: string }>(rows: readonly Row[]): ReadonlyMap<Row["code"], Row> {
  return new Map(rows.map((each) => [each.code, each]));
}

function row<Code extends string, Row>(rows: ReadonlyMap<Code, Row>, code: Code): Row {
  const found = rows.get(code);
  if (found === undefined) throw new Error(`no row for the failure ${code}`);
  return found;
}
