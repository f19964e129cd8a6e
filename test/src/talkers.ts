/** Clients under one shape: the official ones, and ours. */
import { createRequire } from "node:module";
import { type ClientOptions, io as everwire, type TransportName } from "@everwire/client";
import { io as official } from "socket.io-client";
import type { Speaker } from "./flow.ts";

export interface Talker extends Speaker {
  disconnect(): unknown;
}

export interface Talking {
  readonly socket: Talker;
  /** The name of the transport in use, and for our client why it is. */
  state(): readonly (string | undefined)[];
  /** All transports that the session has had. */
  readonly transports: readonly string[];
  /** Moves the session to another transport, where the client can. */
  move(name: TransportName): void;
}

/** Connects a client to the address as the one who has this talk. */
export type Dial = (url: string, talk: string) => Talking;

interface EngineOfOfficial {
  readonly transport: { readonly name: string };
  on(event: "upgrade", listener: (transport: { readonly name: string }) => void): unknown;
}

type OfficialSocket = Talker & { readonly io: { readonly engine: EngineOfOfficial } };

const io2: (url: string, options: object) => OfficialSocket = createRequire(import.meta.url)("socket.io-client-2");

function watch(socket: OfficialSocket): Talking {
  const transports: string[] = [];
  const state = (): string[] => [socket.io.engine.transport.name];
  socket.on("connect", () => {
    transports.push(...state());
    socket.io.engine.on("upgrade", ({ name }) => transports.push(name));
  });
  return { socket, state, transports, move: () => undefined };
}

/** socket.io-client 4.8; without names its own choice. */
export function officialClient(transports?: string[]): Dial {
  return (url, talk) => watch(official(url, { forceNew: true, query: { talk }, ...(transports && { transports }) }));
}

/** socket.io-client 2, which speaks Engine.IO 3. */
export function officialClient2(transports?: string[]): Dial {
  return (url, talk) => watch(io2(url, { forceNew: true, query: { talk }, ...(transports && { transports }) }));
}

export function everwireClient(names?: readonly TransportName[], options: ClientOptions = {}): Dial {
  return (url, talk) => {
    const socket = everwire(url, { ...options, forceNew: true, query: { talk }, ...(names && { transports: names }) });
    const transports: string[] = [];
    socket.io.on("transport", (name) => transports.push(name));
    return {
      socket,
      transports,
      state: () => [socket.io.transport, socket.io.transportReason],
      move: (name) => socket.io.switchTransport([name]),
    };
  };
}
