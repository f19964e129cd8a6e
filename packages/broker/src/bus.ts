/** What the bus hands to a subscriber. `data` is shared by all subscribers of the node: nobody writes to it. */
export interface BusMessage {
  readonly topic: string;
  /** The publishing node. */
  readonly from: string;
  readonly data: Uint8Array;
}

/** What the bus hands to the node that was asked. */
export interface BusRequest {
  readonly from: string;
  readonly data: Uint8Array;
}

/** Answers a request. What it throws reaches the asker as `request_failed`, without the text. */
export type BusRequestHandler = (request: BusRequest) => Uint8Array | Promise<Uint8Array>;

/** How long to wait for answers. */
export interface BusWait {
  /** Milliseconds, default 5 000. */
  readonly timeout?: number;
}

/** One node's answer to a survey. */
export interface SurveyAnswer {
  readonly node: string;
  readonly data: Uint8Array;
}

/** What a survey gathered before its time ran out. */
export interface Survey {
  readonly answers: readonly SurveyAnswer[];
  /** Nodes that were asked and did not answer, or failed. */
  readonly missing: readonly string[];
}

/**
 * Carries bytes between the nodes of a cluster. Matching them to sockets is the work of the node that receives them.
 *
 * Ordering: the messages of one node on one topic arrive in the order in which they were published. Nothing is promised
 * between nodes or between topics.
 *
 * Delivery: at most once, to every *other* node that is subscribed when the message passes; a node delivers to itself
 * without the bus. What must not be lost goes into a log first and then on the bus: a subscriber that sees a gap in the
 * offsets reads the log.
 *
 * Callers: the one owner of this node's bus, concurrently. Handlers run one at a time, never inside a call of the owner; a
 * handler that throws is reported to the implementation's `report` option and stops nobody else.
 *
 * Failure: a `BrokerError`. A rejected publish reached no node that the implementation knows of.
 */
export interface Bus {
  /** This node's name on the bus, unique in the cluster. */
  readonly node: string;
  /** Hands a message to the bus. Resolves when the bus has taken it, not when others have it. `queue_full` when it cannot. */
  publish(topic: string, data: Uint8Array): Promise<void>;
  /** Resolves when messages of the topic reach this node. Several handlers of one topic each get every message. */
  subscribe(topic: string, handler: (message: BusMessage) => void): Promise<() => Promise<void>>;
  /** Asks one node, itself included. Rejects with `no_such_node`, `not_serving`, `request_timed_out` or `request_failed`. */
  request(node: string, data: Uint8Array, wait?: BusWait): Promise<Uint8Array>;
  /** Sets the node's one request handler; a second one is refused with `already_serving`. Returns what removes it. */
  serve(handler: BusRequestHandler): () => void;
  /** Asks all other nodes at once. Never rejects because a node is slow: that node is listed as missing. */
  survey(data: Uint8Array, wait?: BusWait): Promise<Survey>;
  /** Leaves the bus. What waits for an answer rejects with `bus_closed`, and so do later calls. May be called again. */
  close(): Promise<void>;
}
