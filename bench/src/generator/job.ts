import type { TransportForm } from "./engine/transport-form.ts";

/** Whether a row's connections compress: not at all, each message for itself, or with the context of those before it. */
export type Compression = "none" | "fresh" | "takeover";

export interface Payload {
  readonly kind: "text" | "binary";
  readonly bytes: number;
}

/** An event that is sent back, one that is acknowledged, or one with an attachment of 1 KiB that is sent back. */
export type EventQuestion = "event" | "acknowledgement" | "attachment";

/** What is done to a server. A new kind of benchmark adds a row here and a file beside `echo.ts`. */
export type Workload =
  /** Every connection keeps `inFlight` messages on the way. Operation: a message that came back. */
  | { readonly kind: "echo"; readonly connections: number; readonly inFlight: number; readonly payload: Payload }
  /** The same with 1 KiB of JSON, one in flight, compressed. */
  | { readonly kind: "deflate-echo"; readonly connections: number; readonly compression: "fresh" | "takeover" }
  /** One of the connections publishes `burst` messages and waits until all have all. Operation: a delivery. */
  | { readonly kind: "fan-out"; readonly subscribers: number; readonly burst: number; readonly payload: Payload }
  /** Connections are opened in waves of `wave`, `inFlight` at a time. Operation: a 101 answer. */
  | { readonly kind: "handshake"; readonly wave: number; readonly inFlight: number }
  /** `first` connections, then `more` on top; only those are counted. Operation: one of them. */
  | { readonly kind: "idle"; readonly first: number; readonly more: number }
  /** Clients of Socket.IO keep `inFlight` events on the way. Operation: an event that came back. */
  | {
      readonly kind: "transport-echo";
      readonly form: TransportForm;
      readonly connections: number;
      readonly inFlight: number;
    }
  /** The server sends an event to each client every `interval` ms. Operation: an event that came. */
  | {
      readonly kind: "transport-push";
      readonly form: TransportForm;
      readonly connections: number;
      readonly interval: number;
    }
  /** As `handshake`. Operation: a client in its namespace, waiting for events. */
  | {
      readonly kind: "transport-connects";
      readonly form: TransportForm;
      readonly wave: number;
      readonly inFlight: number;
    }
  /** As `idle`. Operation: a client in its namespace, waiting for events. */
  | { readonly kind: "transport-idle"; readonly form: TransportForm; readonly first: number; readonly more: number }
  /** Clients of Socket.IO over WebSocket keep `inFlight` events on the way. Operation: one that was answered. */
  | {
      readonly kind: "event-echo";
      readonly question: EventQuestion;
      readonly connections: number;
      readonly inFlight: number;
    }
  /** A client asks for `burst` broadcasts, and waits until all have all. Operation: a delivery. */
  | { readonly kind: "event-fan-out"; readonly subscribers: number; readonly burst: number }
  /** 1000 clients in 10 000 rooms of 10; one of them writes to `burst` rooms and waits. Operation: a delivery. */
  | { readonly kind: "event-rooms"; readonly burst: number };

/** The server under load. */
export interface Target {
  readonly port: number;
  readonly pid: number;
  /** File of the certificate that a TLS server shows. */
  readonly certificate: string | undefined;
}

export interface Job {
  readonly target: Target;
  readonly workload: Workload;
  /** Seconds of load before the first reading. */
  readonly warmUp: number;
  readonly seconds: number;
}

/** What happened between two readings. CPU is in seconds, over all threads of a process. */
export interface Measurement {
  readonly operations: number;
  /** Bytes the generator read from the server, framing included, TLS and TCP not. */
  readonly receivedBytes: number;
  readonly seconds: number;
  readonly serverCpu: number;
  readonly generatorCpu: number;
  /** CPU of everything else on the machine: what disturbs the figures. */
  readonly otherCpu: number;
  /** Growth of the server's resident memory, in bytes; 0 where the workload does not look. */
  readonly residentGrowth: number;
  /** Where the workload looks. */
  readonly traffic?: Traffic;
  readonly latency?: Latency;
}

/** What the clients put on the wire; `receivedBytes` is the other way. */
export interface Traffic {
  readonly sentBytes: number;
  readonly requests: number;
}

/** From the application's call on the server to the application's turn in the client, in milliseconds. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
}

export type Outcome =
  | { readonly kind: "measured"; readonly measurement: Measurement }
  | { readonly kind: "skipped"; readonly reason: string }
  | { readonly kind: "failed"; readonly reason: string };

/** From the generator: its outcome, or the wish that the server collect its garbage now, which is answered. */
export type GeneratorMessage = Outcome | { readonly kind: "collect" };

/** To the generator. */
export type RunnerMessage = { readonly kind: "job"; readonly job: Job } | { readonly kind: "collected" };
