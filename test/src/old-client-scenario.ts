/**
 * What a client of any age is put through: text, JSON and bytes both ways, acknowledgements both ways, namespaces,
 * refusals, a room it shares with a new client, and the ways to part. It runs in a process of its own (`node
 * old-client-scenario.js PACKAGE SETUP`) or in a page, so it brings everything with it; `io` is a global there.
 */
import { createRequire } from "node:module";

export interface Setup {
  readonly url: string;
  /** What the client is opened with. */
  readonly options: Record<string, unknown>;
  /** Major version: from 3 on a client has `auth`, a random id, and `connect_error` for refusals. */
  readonly major: number;
  /** The room that the new client is in. */
  readonly room: string;
  /** The transport it has to get to before it goes on. */
  readonly ends: string;
  readonly text: string;
}

/** What the client saw, as JSON can say it; bytes are arrays of numbers. */
export interface Findings {
  readonly idIsThatOfTheSession: boolean;
  readonly echoed: unknown;
  readonly lengthAtTheServer: unknown;
  readonly bytes: unknown;
  readonly asked: unknown;
  readonly welcome: unknown;
  readonly sum: unknown;
  readonly customIdEndsWithThatOfTheSession: boolean;
  readonly nowhere: unknown;
  readonly refused: unknown;
  readonly admitted: unknown;
  readonly heard: unknown;
  readonly numbers: boolean;
  readonly transport: string;
  readonly reasons: readonly unknown[];
}

interface OldSocket {
  readonly id: string;
  readonly io: { readonly engine: { readonly id: string; readonly transport: { readonly name: string } } };
  on(event: string, listener: (...args: never[]) => void): void;
  once(event: string, listener: (...args: never[]) => void): void;
  emit(event: string, ...args: unknown[]): void;
  disconnect(): void;
}

declare global {
  var io: (url: string, options: Record<string, unknown>) => OldSocket;
}

/** One client from its first connect to its last disconnect. */
export async function scenario({ url, options, major, room, ends, text }: Setup): Promise<Findings> {
  const within = <T>(what: string, start: (done: (value: T) => void) => void): Promise<T> =>
    new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`waited in vain for ${what}`)), 8000);
      start((value) => {
        clearTimeout(late);
        resolve(value);
      });
    });
  const plain = (value: unknown): unknown => {
    if (value instanceof ArrayBuffer) return Array.from(new Uint8Array(value));
    if (ArrayBuffer.isView(value)) return Array.from(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    if (Array.isArray(value)) return value.map(plain);
    if (value instanceof Error) {
      const { message } = value;
      return "data" in value && value.data !== undefined ? { message, data: value.data } : { message };
    }
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, plain(field)]));
  };
  const bytes = (...values: number[]): unknown =>
    typeof Buffer === "undefined" ? new Uint8Array(values).buffer : Buffer.from(values);
  const next = (socket: OldSocket, event: string): Promise<unknown[]> =>
    within(event, (done) => socket.once(event, (...args: never[]) => done(args.map(plain))));
  const ask = (socket: OldSocket, event: string, ...args: unknown[]): Promise<unknown[]> =>
    within(`the answer to ${event}`, (done) => {
      socket.emit(event, ...args, (...answer: unknown[]) => done(answer.map(plain)));
    });
  const credentials = (values: Record<string, string>): Record<string, unknown> =>
    major >= 3 ? { ...options, auth: values } : { ...options, query: values };
  const refusal = major >= 3 ? "connect_error" : "error";

  const socket = io(url, options);
  await next(socket, "connect");
  const numbers: number[] = [];
  socket.on("number", (n: number) => numbers.push(n));
  socket.emit("count", 100);
  const settled = await within(`the transport ${ends}`, (done: (name: string) => void) => {
    const look = (): void => {
      if (socket.io.engine.transport.name === ends) done(ends);
      else setTimeout(look, 10);
    };
    look();
  });
  const echoed = await ask(socket, "echo", text, { list: [1, [2, { deep: null }]], yes: true });
  const [lengthAtTheServer] = await ask(socket, "length", text);
  const sentBytes = await ask(socket, "echo", { some: bytes(0, 255, 10) }, bytes());
  socket.on("question", (question: string, given: unknown, answer: (...args: unknown[]) => void) => {
    const values = plain(given);
    answer(`${question}!`, bytes(...(Array.isArray(values) ? values : []), 4));
  });
  const answered = next(socket, "answered");
  socket.emit("ask-me", "really");
  const asked = await answered;

  const custom = io(`${url}/custom`, credentials({ who: "ada" }));
  const [welcome] = await next(custom, "welcome");
  const [sum] = await ask(custom, "sum", 2, 3);
  const customIdEndsWithThatOfTheSession = custom.id === `/custom#${custom.io.engine.id}`;
  // A browser has six connections to one server, and each of these clients waits on one of its own.
  const refusalOf = async (stranger: OldSocket): Promise<unknown> => {
    const [reason] = await next(stranger, refusal);
    stranger.disconnect();
    return reason;
  };
  const nowhere = await refusalOf(io(`${url}/nowhere`, options));
  const refused = await refusalOf(io(`${url}/guarded`, credentials({ token: "wrong" })));
  const guarded = io(`${url}/guarded`, credentials({ token: "sesame" }));
  // Clients of 1.4 cannot say anything of themselves to a namespace.
  const admitted = await Promise.race([
    next(guarded, "connect").then(
      () => "connected",
      () => "nothing",
    ),
    next(guarded, refusal).then(
      () => "refused",
      () => "nothing",
    ),
  ]);

  guarded.disconnect();

  await ask(socket, "join", room);
  const heard = next(socket, "shouted");
  socket.emit("shout", room, "from the old", bytes(7));
  const heardArgs = await heard;

  const reasons: unknown[] = [];
  const idIsThatOfTheSession = socket.id === socket.io.engine.id;
  const own = next(custom, "disconnect");
  custom.disconnect();
  reasons.push((await own)[0]);
  const parted = next(socket, "disconnect");
  socket.emit("leave-me");
  reasons.push((await parted)[0]);
  const other = io(url, { ...options, reconnection: false });
  await next(other, "connect");
  const cut = next(other, "disconnect");
  other.emit("cut-me");
  reasons.push((await cut)[0]);
  return {
    idIsThatOfTheSession,
    echoed,
    lengthAtTheServer,
    bytes: sentBytes,
    asked,
    welcome,
    sum,
    customIdEndsWithThatOfTheSession,
    nowhere,
    refused,
    admitted,
    heard: heardArgs,
    numbers: numbers.length === 100 && numbers.every((n, at) => n === at),
    transport: settled,
    reasons,
  };
}

/**
 * The WebSockets of 1.4 take the addon of today, where it happens to be installed, for one of their own days, and fail at
 * the first message in two parts.
 */
function withoutAddon(load: NodeJS.Require): void {
  try {
    const fallback: unknown = load("socket.io-client-1.4/node_modules/ws/lib/BufferUtil.fallback.js");
    const addon = load.resolve("bufferutil");
    load(addon);
    const cached = load.cache[addon];
    if (cached !== undefined) cached.exports = fallback;
  } catch {
    // There is none to be confused by.
  }
}

const [, script, name, setup] = typeof process === "undefined" ? [] : process.argv;
if (script === import.meta.filename && name !== undefined && setup !== undefined) {
  const load = createRequire(import.meta.url);
  if (name === "socket.io-client-1.4") withoutAddon(load);
  globalThis.io = load(name);
  // The test that starts this process writes the setup.
  const findings = await scenario(JSON.parse(setup) as Setup);
  process.stdout.write(`${JSON.stringify(findings)}\n`, () => process.exit(0));
}
