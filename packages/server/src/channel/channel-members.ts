import type { Member, PresenceChange } from "@everwire/protocol";

interface Presence {
  data: unknown;
  readonly sockets: Set<string>;
}

/** What an entering or leaving socket changed for the others. */
export interface MemberChange {
  readonly change: PresenceChange;
  readonly member: Member;
}

/**
 * Who is present in one channel. Pure.
 *
 * A member is present as long as one of its sockets is: several tabs of one person are one member, with the data that was
 * entered last.
 */
export class ChannelMembers {
  readonly #members = new Map<string, Presence>();
  readonly #memberOf = new Map<string, string>();

  /** Number of members. */
  get size(): number {
    return this.#members.size;
  }

  has(id: string): boolean {
    return this.#members.has(id);
  }

  /** Everybody present, in the order in which they entered. */
  list(): Member[] {
    return [...this.#members].map(([id, { data }]) => ({ id, data }));
  }

  /** The socket enters as `member`, or enters again with other data. */
  enter(socketId: string, member: Member): readonly MemberChange[] {
    const changes: MemberChange[] = [];
    const before = this.#memberOf.get(socketId);
    if (before !== undefined && before !== member.id) changes.push(...this.leave(socketId));
    this.#memberOf.set(socketId, member.id);
    const presence = this.#members.get(member.id);
    if (presence === undefined) this.#members.set(member.id, { data: member.data, sockets: new Set([socketId]) });
    else {
      presence.data = member.data;
      presence.sockets.add(socketId);
    }
    changes.push({ change: presence === undefined ? "enter" : "update", member });
    return changes;
  }

  /** The socket leaves; the member does only with its last socket. */
  leave(socketId: string): readonly MemberChange[] {
    const id = this.#memberOf.get(socketId);
    const presence = id === undefined ? undefined : this.#members.get(id);
    if (id === undefined || presence === undefined) return [];
    this.#memberOf.delete(socketId);
    presence.sockets.delete(socketId);
    if (presence.sockets.size > 0) return [];
    this.#members.delete(id);
    return [{ change: "leave", member: { id, data: presence.data } }];
  }
}
