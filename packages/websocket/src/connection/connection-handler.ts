/**
 * What a connection tells the one who uses it. All calls are synchronous and in the order of arrival. A handler must
 * not throw: a throw fails the connection with 1011 and goes on to the process's `uncaughtException`.
 */
export interface ConnectionHandler {
  /** A text message as string, a binary one as Buffer. The Buffer belongs to the receiver, who may keep and change it. */
  message(data: string | Buffer): void;
  /**
   * With this, text comes here and not to `message`: as UTF-8, found valid, that belongs to the receiver. For who hands on
   * bytes anyway it saves the way to a string and back, which is a good part of what a small message costs.
   */
  utf8?(data: Buffer): void;
  /**
   * The connection is over. Called exactly once, last, when the socket is closed; also when `close` or `terminate` of
   * this side ended it. The code is the peer's (1005 when its close frame had none); or, when this side failed the
   * connection, the failure's, with the failure's code as reason; or 1006 when the socket went without a close frame.
   */
  close(code: number, reason: string): void;
  /** A ping came; it has been answered already. */
  ping?(data: Buffer): void;
  /** A pong came, asked for or not. */
  pong?(data: Buffer): void;
  /** All that had to wait for the peer has been handed to the operating system. */
  drain?(): void;
}
