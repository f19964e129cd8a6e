import type { DefaultEventMap, EventMap } from "@everwire/protocol";
import type { Contract, ContractEvents, ContractHandlers } from "@everwire/protocol/contract";
import type { Audience } from "../broadcast/audience.ts";
import { bindContract, type ContractBinding, type ContractOptions } from "../contract/contract-binding.ts";
import type { DefaultSocketData } from "../event/socket-data.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { ListeningNamespace } from "./listening-namespace.ts";
import type { Namespace } from "./namespace.ts";

/**
 * A parent of the namespaces whose names it was made for: `server.of(/^\/room-\d+$/)`.
 *
 * Its middlewares run before a child's own and its listeners are called before a child's own, also those that are added
 * while children exist. A broadcast reaches the sockets of all children.
 */
export class ParentNamespace<
  ListenEvents extends EventMap = DefaultEventMap,
  EmitEvents extends EventMap = ListenEvents,
  ServerSideEvents extends EventMap = DefaultEventMap,
  SocketData = DefaultSocketData,
> extends ListeningNamespace<
  ListenEvents,
  EmitEvents,
  ServerSideEvents,
  SocketData,
  Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>
> {
  readonly #children: Set<Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>>;
  #contract: ContractBinding | undefined;

  constructor(name: string, runtime: Runtime) {
    const children = new Set<Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>>();
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
  get children(): ReadonlySet<Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>> {
    return this.#children;
  }

  /** Holds the children to a contract, those there are and those to come, as `contract` of a namespace does. */
  contract<C extends Contract>(
    contract: C,
    options?: ContractOptions,
  ): ParentNamespace<ContractHandlers<C>, ContractEvents<C>, ServerSideEvents, SocketData> {
    const bound = bindContract(this.#contract, contract, options);
    this.#contract = bound;
    for (const { audience } of this.#children) audience.contract = bound;
    // Event maps exist only at compile time, and these are what the contract makes true.
    return this as unknown as ParentNamespace<ContractHandlers<C>, ContractEvents<C>, ServerSideEvents, SocketData>;
  }

  /** For the table of namespaces. */
  add(child: Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>): void {
    child.audience.contract ??= this.#contract;
    this.#children.add(child);
  }

  /** For the table of namespaces. */
  remove(child: Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>): void {
    this.#children.delete(child);
  }
}
