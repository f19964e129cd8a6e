/** What a row asks of the server it attacks; the same for every server. */
export interface TargetSettings {
  /**
   * `default`: what a user gets who sets nothing. `short`: deadlines of a second, 1 MiB that may wait to be sent and
   * 16 MiB of incomplete messages, set by options.
   */
  readonly limits: "default" | "short";
  readonly compression?: boolean;
  /** Messages a second that are accepted, where the server can be told. */
  readonly messageRate?: number;
}

/** What the behaviour of a target needs of a WebSocket, whose ever it is. */
export interface Accepted {
  readonly readyState: number;
  send(data: Buffer, options: { binary: boolean }): void;
}

/** What a server is made to do. */
export interface Behaviour<S extends Accepted> {
  opened(socket: S, path: string): void;
  message(socket: S, path: string, data: Buffer, isBinary: boolean): void;
  closed(socket: S): void;
}

/** Sends one message to many, at the price of one where the server can do that. */
export type FanOut<S> = (sockets: Iterable<S>, data: Buffer) => void;

/** A server that has been started. */
export interface Target {
  readonly port: number;
  /** How many connections it knows of. */
  readonly connections: () => number;
}

export type StartTarget = (settings: TargetSettings) => Promise<Target>;
