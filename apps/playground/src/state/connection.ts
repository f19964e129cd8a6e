import { io, type Socket } from "@everwire/client";
import { type ReadonlySignal, signal } from "@preact/signals";
import { type TransportChoice, type TransportName, type TransportReason, transportsOf } from "../model/transport.ts";
import { clientId } from "./identity.ts";
import { rememberTransport, transportChoice } from "./transport-choice.ts";

/** How the page stands with the server. Times are ms of `performance.now()`. */
export type Connection =
  | { readonly kind: "idle" }
  | { readonly kind: "connecting" }
  | { readonly kind: "online" }
  /** `since` when; `nextAt` the next attempt begins, undefined while one is under way. */
  | { readonly kind: "reconnecting"; readonly since: number; readonly nextAt: number | undefined }
  | { readonly kind: "refused"; readonly code: string | undefined; readonly message: string }
  /** The server told us to go; only the person comes back. */
  | { readonly kind: "ended" };

const state = signal<Connection>({ kind: "idle" });
const carrier = signal<TransportName | undefined>(undefined);
const reason = signal<TransportReason | undefined>(undefined);
const waits = signal(false);
/** Frames and scripts are for those who ask for them. */
const AUTOMATIC: readonly TransportName[] = ["websocket", "streaming", "sse", "polling", "short-polling"];
let offered = "";
/** When the client tries next; undefined while it tries, and while it waits for the network. */
let nextAt: number | undefined;

export const connection: ReadonlySignal<Connection> = state;
/** What carries the connection now. */
export const transport: ReadonlySignal<TransportName | undefined> = carrier;
/** Why it does. */
export const transportReason: ReadonlySignal<TransportReason | undefined> = reason;
/** True while the session is open and nothing carries it: what is sent waits for another way to be found. */
export const interrupted: ReadonlySignal<boolean> = waits;

const chosenAtStart = transportsOf(transportChoice.value);

/** The chat's one socket; everything that is sent or heard goes through it. */
export const socket: Socket = io("/chat", {
  autoConnect: false,
  ...(chosenAtStart === undefined ? {} : { transports: chosenAtStart }),
  auth: (send) => send({ client: clientId(), name: offered }),
});

/** Connects under a name; a connection under another name is given up for it. */
export function connectAs(name: string): void {
  offered = name;
  state.value = { kind: "connecting" };
  socket.disconnect().connect();
}

/** Connects again without waiting: the person asked, or the network came back. */
export function tryNow(): void {
  if (state.value.kind === "reconnecting") reopen();
  else connectAs(offered);
}

/** Moves the connection to another transport while the talk goes on. */
export function chooseTransport(choice: TransportChoice): void {
  rememberTransport(choice);
  reopen();
}

/** The client leaves what it has and begins at once with the first of the transports. */
function reopen(): void {
  socket.io.switchTransport(transportsOf(transportChoice.value) ?? AUTOMATIC);
  tryNextAt(undefined);
}

/** Follows the socket from now on. */
export function startConnection(): void {
  socket.on("connect", () => {
    state.value = { kind: "online" };
    carrier.value = socket.io.transport;
  });
  socket.on("connect_error", (error) => fail(error));
  socket.on("disconnect", (reason) => {
    carrier.value = undefined;
    if (reason !== "io client disconnect") state.value = socket.active ? waiting() : { kind: "ended" };
  });
  socket.io.on("reconnect_wait", (delay) => tryNextAt(performance.now() + delay));
  socket.io.on("reconnect_attempt", () => tryNextAt(undefined));
  for (const event of ["interrupted", "resumed", "open", "close"] as const) {
    socket.io.on(event, () => {
      waits.value = socket.io.interrupted;
    });
  }
  socket.io.on("transport", (name, why) => {
    reason.value = why;
    if (socket.connected) carrier.value = name;
  });
}

function waiting(): Connection {
  const since = state.value.kind === "reconnecting" ? state.value.since : performance.now();
  return { kind: "reconnecting", since, nextAt };
}

function tryNextAt(time: number | undefined): void {
  nextAt = time;
  if (state.value.kind === "reconnecting") state.value = { ...state.value, nextAt };
}

/** A refusal by the server is final until the person does something; anything else is tried again by the client. */
function fail(error: Error & { readonly data?: unknown }): void {
  if (socket.active) {
    state.value = waiting();
    return;
  }
  const { data } = error;
  const coded = typeof data === "object" && data !== null && "code" in data && typeof data.code === "string";
  state.value = { kind: "refused", code: coded ? String(data.code) : undefined, message: error.message };
}
