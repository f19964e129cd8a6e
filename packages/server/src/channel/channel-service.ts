import type { SocketPacket } from "@everwire/protocol";
import type { OutgoingPacket } from "@everwire/transport";
import type { Listener } from "../event/listener-map.ts";
import type { ChannelSocket } from "./channel-actor.ts";
import { ChannelCalls } from "./channel-calls.ts";
import { type ChannelServiceOptions, type ResolvedChannelOptions, resolveChannelOptions } from "./channel-options.ts";
import { ChannelReader } from "./channel-reader.ts";
import { ChannelTable } from "./channel-table.ts";

/** What the service needs of a namespace. */
export interface ChannelHost<S> {
  readonly name: string;
  on(event: "connection", listener: (socket: S) => unknown): unknown;
  off(event: "connection", listener: Listener): unknown;
  report(error: unknown, socketId?: string): void;
  encode(packet: SocketPacket): OutgoingPacket;
}

/**
 * Channels for the sockets of a namespace: named, ordered logs with presence, by ordinary acknowledged events
 * (docs/protocol/channels.md), so that any Socket.IO client can use them.
 *
 * A record is acknowledged when the log has stored it and reaches every subscriber in the order of the offsets. A
 * subscriber that names a position gets everything since then, exactly once and in order, or `recovered: false` with the
 * reason. Channels are the log's: two services with one log and different namespaces share their records, not their
 * presence or live events.
 */
export class ChannelService<S extends ChannelSocket> {
  readonly #options: ResolvedChannelOptions<S>;
  readonly #host: ChannelHost<S>;
  readonly #table: ChannelTable;
  readonly #reader: ChannelReader;
  readonly #calls = new Set<ChannelCalls<S>>();
  readonly #serve = (socket: S): void => this.#accept(socket);

  /** Serves every socket that connects from now on. Throws when an option is unknown or out of range. */
  constructor(namespace: ChannelHost<S>, options: ChannelServiceOptions<S>) {
    this.#options = resolveChannelOptions(options);
    this.#host = namespace;
    this.#table = new ChannelTable({ name: namespace.name, encode: (packet) => namespace.encode(packet) });
    this.#reader = new ChannelReader(this.#options.log, this.#options);
    namespace.on("connection", this.#serve);
  }

  /** Number of members present in a channel. */
  members(channel: string): number {
    return this.#table.get(channel)?.members.size ?? 0;
  }

  /** Number of sockets subscribed to a channel. */
  subscribers(channel: string): number {
    return this.#table.get(channel)?.size ?? 0;
  }

  /** The channels that somebody is subscribed to. */
  names(): IterableIterator<string> {
    return this.#table.names();
  }

  /** Ends every subscription and refuses later calls. Publishes that the log has taken are still stored. */
  close(): void {
    this.#host.off("connection", this.#serve);
    for (const calls of this.#calls) calls.end();
    this.#calls.clear();
  }

  #accept(socket: S): void {
    const shared = {
      options: this.#options,
      table: this.#table,
      reader: this.#reader,
      report: (error: unknown) => this.#host.report(error, socket.id),
    };
    const calls = new ChannelCalls(shared, socket);
    this.#calls.add(calls);
    socket.serve("disconnect", () => {
      this.#calls.delete(calls);
      calls.end();
    });
  }
}
