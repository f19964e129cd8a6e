/** What a row asks of the server it attacks; the same for every server. */
export interface TargetSettings {
  /**
   * `default`: what a user gets who sets nothing. `short`: deadlines of a second, and where a limit can be set that a short
   * drill would not reach, a lower one.
   */
  readonly limits: "default" | "short";
  readonly compression?: boolean;
  /** Messages a second that are accepted, where the server can be told. */
  readonly messageRate?: number;
  /** Whether answers are served as scripts, and forms are taken for request bodies. */
  readonly jsonp?: boolean;
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
  /** How many connections it knows of; where connections come and go within a session, how many sessions. */
  readonly connections: () => number;
}

export type StartTarget = (settings: TargetSettings) => Promise<Target>;
