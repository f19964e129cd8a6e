import type { Log } from "@everwire/broker";
import { ChannelService, type DefaultEventMap, type Namespace, type Socket } from "@everwire/server";
import { ChatFailure, chatFailure } from "../failures.ts";
import type { ChatClientEvents, ChatServerEvents } from "./chat-events.ts";
import { type ChatMember, parseChatMember } from "./chat-member.ts";
import { stampNotice } from "./chat-notice.ts";
import { roomChannel, roomOfChannel } from "./chat-room.ts";
import { parseChatText } from "./chat-text.ts";
import { NameRegistry } from "./name-registry.ts";
import { MAX_ROOMS, RoomList } from "./room-list.ts";
import { NEWS_INTERVAL, RoomNews } from "./room-news.ts";

/** Filled in by the connect middleware; no socket is connected without it. */
interface ChatData {
  member?: ChatMember;
}

type ChatSocket = Socket<ChatClientEvents, ChatServerEvents, DefaultEventMap, ChatData>;
export type ChatNamespace = Namespace<ChatClientEvents, ChatServerEvents, DefaultEventMap, ChatData>;

/**
 * The chat: rooms are channels named `room:<name>`, whose records are `{ name, text }`. Channels carry messages, presence
 * and typing; this adds who may be called what, what a text may be, and which rooms there are.
 */
export class ChatService {
  readonly #namespace: ChatNamespace;
  readonly #channels: ChannelService<ChatSocket>;
  readonly #names = new NameRegistry();
  readonly #rooms: RoomList;
  readonly #news = new RoomNews();
  #newsTimer: NodeJS.Timeout | undefined;

  private constructor(namespace: ChatNamespace, log: Log, rooms: RoomList) {
    this.#namespace = namespace;
    this.#rooms = rooms;
    namespace.use((socket, next) => next(this.#admit(socket)));
    // Before the channel service's own listener: its calls must find the member and the packet middleware in place.
    namespace.on("connection", (socket) => this.#welcome(socket));
    this.#channels = new ChannelService<ChatSocket>(namespace, {
      log,
      authorize: (_socket, action, channel) => this.#authorize(action, channel),
      identify: (socket) => ({ id: socket.data.member?.id ?? socket.id }),
      validate: (channel, data, socket) => this.#validate(channel, data, socket.data.member),
      onRecord: (channel, { offset }) => this.#moved(channel, offset),
    });
  }

  /** Opens the chat over the rooms that the log has. The log stays the caller's. */
  static async open(namespace: ChatNamespace, log: Log): Promise<ChatService> {
    const rooms = new RoomList();
    for (const { topic, head } of await log.topics(roomChannel(""), MAX_ROOMS)) {
      const room = roomOfChannel(topic);
      if (room !== undefined) rooms.moved(room, head);
    }
    return new ChatService(namespace, log, rooms);
  }

  close(): void {
    clearTimeout(this.#newsTimer);
    this.#channels.close();
  }

  /** Reserves the name for the socket, or gives the error that refuses it. */
  #admit(socket: ChatSocket): Error | undefined {
    const member = parseChatMember(socket.handshake.auth);
    if (member instanceof ChatFailure) return refusal(member);
    if (!this.#names.claim(member.name.key, member.id, performance.now())) return refusal(chatFailure("name_taken"));
    socket.data.member = member;
    return undefined;
  }

  #welcome(socket: ChatSocket): void {
    const { member } = socket.data;
    // The reservation outlasts the time that a connect may take, so a name is lost here only if the process stood still.
    if (member === undefined || !this.#names.hold(member.name.key, member.id, performance.now())) {
      socket.disconnect();
      return;
    }
    socket.on("disconnect", () => this.#names.release(member.name.key, member.id, performance.now()));
    socket.use(([event, request], next) => {
      stampNotice(event, request, member, socket.conn.transport.name);
      next();
    });
    socket.on("chat:rooms", (answer) => {
      // The peer decides whether it asks for an answer.
      if (typeof answer === "function") answer({ ok: true, rooms: this.#rooms.list(this.#occupied()) });
    });
  }

  /** How many people are in each room that a page has open. */
  #occupied(): ReadonlyMap<string, number> {
    const occupied = new Map<string, number>();
    for (const channel of this.#channels.names()) {
      const room = roomOfChannel(channel);
      if (room !== undefined) occupied.set(room, this.#channels.members(channel));
    }
    return occupied;
  }

  #authorize(action: string, channel: string): boolean {
    const room = roomOfChannel(channel);
    if (room === undefined) return false;
    const appears = action === "subscribe" && !this.#rooms.has(room) && this.#channels.subscribers(channel) === 0;
    if (appears) this.#tell(room);
    return true;
  }

  #validate(channel: string, data: unknown, member: ChatMember | undefined): Validated {
    const room = roomOfChannel(channel);
    if (room === undefined || member === undefined) return refused(chatFailure("room_invalid"));
    if (!this.#rooms.accepts(room)) return refused(chatFailure("rooms_full"));
    const text = parseChatText(typeof data === "object" && data !== null && "text" in data ? data.text : undefined);
    return text instanceof ChatFailure ? refused(text) : { data: { name: member.name.shown, text } };
  }

  #moved(channel: string, offset: number): void {
    const room = roomOfChannel(channel);
    if (room === undefined) return;
    this.#rooms.moved(room, offset);
    this.#tell(room);
  }

  /** Tells everybody about the room, at most once a second. */
  #tell(room: string): void {
    if (this.#news.moved(room, performance.now())) this.#emit(room);
    else this.#newsTimer ??= setTimeout(() => this.#tellDue(), NEWS_INTERVAL).unref();
  }

  #tellDue(): void {
    this.#newsTimer = undefined;
    for (const room of this.#news.due(performance.now())) this.#emit(room);
    if (this.#news.waiting) this.#newsTimer = setTimeout(() => this.#tellDue(), NEWS_INTERVAL).unref();
  }

  #emit(room: string): void {
    this.#namespace.emit("chat:room", { name: room, offset: this.#rooms.offset(room) });
  }
}

type Validated =
  | { readonly data: { readonly name: string; readonly text: string } }
  | { readonly code: string; readonly message: string };

function refused(failure: ChatFailure): Validated {
  return { code: failure.code, message: failure.meaning };
}

/** A connect error: clients get its message and its data. */
function refusal(failure: ChatFailure): Error {
  return Object.assign(new Error(failure.meaning), { data: { code: failure.code, retry: failure.retry } });
}
