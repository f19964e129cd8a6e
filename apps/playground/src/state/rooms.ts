import { batch, computed, type ReadonlySignal, signal } from "@preact/signals";
import { LOBBY } from "../model/room-name.ts";
import { socket } from "./connection.ts";
import { meetNewRoom, meetRoomHeads } from "./read-marks.ts";

/** Rooms known to the page; beyond that a server that names ever new rooms would fill it. */
const MAX_ROOMS = 500;
const LIST_WITHIN = 10_000;

const heads = signal<ReadonlyMap<string, number>>(new Map([[LOBBY, 0]]));

/** The newest offset of each known room. */
export const roomHeads: ReadonlySignal<ReadonlyMap<string, number>> = heads;
/** Names of the rooms, the lobby first, the others by name. */
export const roomNames: ReadonlySignal<readonly string[]> = computed(() => {
  const names = [...heads.value.keys()].filter((name) => name !== LOBBY);
  return [LOBBY, ...names.sort((a, b) => a.localeCompare(b))];
});

/** Notes a room and that its log goes at least so far; news of a room can overtake each other. */
export function noteRoom(name: string, head: number): void {
  const known = heads.value.get(name);
  if (known === undefined ? heads.value.size >= MAX_ROOMS : known >= head) return;
  heads.value = new Map(heads.value).set(name, head);
}

/** Follows the rooms of the server from now on. */
export function startRooms(): void {
  socket.on("connect", () => void refresh());
  socket.on("chat:room", (data: unknown) => {
    const room = readRoom(data);
    if (room === undefined) return;
    if (!heads.value.has(room.name)) meetNewRoom(room.name);
    noteRoom(room.name, room.offset);
  });
}

async function refresh(): Promise<void> {
  try {
    const reply: unknown = await socket.timeout(LIST_WITHIN).emitWithAck("chat:rooms");
    const rooms = readRooms(reply);
    if (rooms.length === 0) return;
    const listed = new Map(rooms.slice(0, MAX_ROOMS).map((room) => [room.name, room.offset]));
    batch(() => {
      // Rooms that exist only here, because nobody has written in them, stay in sight.
      const unlisted = [...heads.value.keys()].filter((name) => !listed.has(name));
      heads.value = new Map([...listed, ...unlisted.map((name): [string, number] => [name, 0])]);
      meetRoomHeads(listed);
    });
  } catch {
    // Without the list the rooms that are known stay; the next connection asks again.
  }
}

interface RoomHead {
  readonly name: string;
  readonly offset: number;
}

function readRooms(reply: unknown): RoomHead[] {
  if (typeof reply !== "object" || reply === null || !("rooms" in reply) || !Array.isArray(reply.rooms)) return [];
  return reply.rooms.map(readRoom).filter((room) => room !== undefined);
}

function readRoom(data: unknown): RoomHead | undefined {
  if (typeof data !== "object" || data === null || !("name" in data) || !("offset" in data)) return undefined;
  const { name, offset } = data;
  return typeof name === "string" && typeof offset === "number" ? { name, offset } : undefined;
}
