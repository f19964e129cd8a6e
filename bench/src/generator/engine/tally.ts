/** What the clients of a run have put on the wire together, and taken from it: HTTP and frames, without TCP. */
export class Tally {
  sentBytes = 0;
  receivedBytes = 0;
  /** Requests that were begun; a WebSocket's handshake is one, its frames are none. */
  requests = 0;
}
