import type { DefaultEventMap, EventMap } from "@everwire/protocol";
import type { Audience } from "./audience.ts";
import { ListeningNamespace } from "./listening-namespace.ts";
import type { Namespace } from "./namespace.ts";
import type { Runtime } from "./runtime.ts";

/**
 * A parent of the namespaces whose names it was made for: `server.of(/^\/room-\d+$/)`.
 *
 * Its middlewares run before a child's own and its listeners are called before a child's own, also those that are added
 * while children exist. A broadcast reaches the sockets of all children.
 */
export class ParentNamespace<
  ListenEvents extends EventMap = DefaultEventMap,
  EmitEvents extends EventMap = ListenEvents,
  SocketData = Record<string, unknown>,
> extends ListeningNamespace<ListenEvents, EmitEvents, SocketData, Namespace<ListenEvents, EmitEvents, SocketData>> {
  readonly #children: Set<Namespace<ListenEvents, EmitEvents, SocketData>>;

  constructor(name: string, runtime: Runtime) {
    const children = new Set<Namespace<ListenEvents, EmitEvents, SocketData>>();
    const crowd = {
      namespace: name,
      get audiences(): readonly Audience[] {
        return Array.from(children, (child) => child.audience);
      },
    };
    super(name, crowd, runtime);
    this.#children = children;
  }

  /** The namespaces that exist now: a live view. */
  get children(): ReadonlySet<Namespace<ListenEvents, EmitEvents, SocketData>> {
    return this.#children;
  }

  /** For the table of namespaces. */
  add(child: Namespace<ListenEvents, EmitEvents, SocketData>): void {
    this.#children.add(child);
  }

  /** For the table of namespaces. */
  remove(child: Namespace<ListenEvents, EmitEvents, SocketData>): void {
    this.#children.delete(child);
  }
}
