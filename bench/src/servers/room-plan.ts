/** 10 000 rooms of 10 members among 1000 clients: each client is in 100 rooms, and each room has 10 different ones. */
export const ROOMS = 10_000;
export const MEMBERS = 10;

/** Ten neighbouring rooms at a time, at places that no two clients share. */
const STRIDE = 1010;

/** The rooms of one of the clients 0 to 999. */
export function roomsOf(client: number): string[] {
  return Array.from({ length: MEMBERS * MEMBERS }, (_, at) => {
    const group = Math.floor(at / MEMBERS);
    return roomName((client * MEMBERS + group * STRIDE + (at % MEMBERS)) % ROOMS);
  });
}

export function roomName(room: number): string {
  return `room ${room}`;
}
