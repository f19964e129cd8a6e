import { RESERVED_EVENTS } from "../event-name.ts";
import { type EventShape, readShape } from "./event-shape.ts";

/** Events of one direction. */
export type EventShapes = Readonly<Record<string, EventShape>>;

/**
 * The events of a namespace, described once for both ends by schemas of any library that follows Standard Schema.
 *
 * An event is its one argument's schema, an array of schemas for any number of arguments, or `{ args, ack }` when it is
 * answered with something.
 */
export interface Contract<ToServer extends EventShapes = EventShapes, ToClient extends EventShapes = EventShapes> {
  readonly clientToServer: ToServer;
  readonly serverToClient: ToClient;
}

/** Names of a server's own reports about a socket, which are heard by `socket.on` as events of the client are. */
const OWN_EVENTS: ReadonlySet<string> = new Set(["error", "event_refused"]);

/**
 * Describes the events of a namespace; at least one direction. Throws a TypeError when an event has a reserved name or is
 * not described by schemas.
 */
export function defineContract<
  const ToServer extends EventShapes = Record<never, never>,
  const ToClient extends EventShapes = Record<never, never>,
>(definition: {
  readonly clientToServer?: ToServer;
  readonly serverToClient?: ToClient;
}): Contract<ToServer, ToClient> {
  // A direction that is left out has no events, which is what its type parameter says then.
  const { clientToServer = {} as ToServer, serverToClient = {} as ToClient } = definition;
  for (const [name, shape] of [...Object.entries(clientToServer), ...Object.entries(serverToClient)]) {
    if (isOwnEvent(name)) throw new TypeError(`"${name}" is a reserved event name`);
    readShape(name, shape);
  }
  return Object.freeze({ clientToServer, serverToClient });
}

/** Whether no event of a peer may have this name. */
export function isOwnEvent(name: string): boolean {
  return RESERVED_EVENTS.has(name) || OWN_EVENTS.has(name);
}
