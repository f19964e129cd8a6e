import { nowMicroseconds } from "../shared-clock.ts";
import { roomName, roomsOf } from "./room-plan.ts";

/** What both servers under test give an application. */
interface ApplicationSocket {
  on(event: string, listener: (...args: never[]) => void): unknown;
  emit(event: string, ...args: readonly unknown[]): unknown;
  join(rooms: string[]): unknown;
}

interface ApplicationServer {
  emit(event: string, argument: unknown): unknown;
  to(room: string): { emit(event: string, argument: unknown): unknown };
}

/** The application of the benchmarks of transports and of events, the same lines on either server. */
export function serveClient(io: ApplicationServer, socket: ApplicationSocket): void {
  socket.on("echo", (argument: unknown) => {
    socket.emit("echo", argument);
  });
  socket.on("bytes", (bytes: unknown) => {
    socket.emit("bytes", bytes);
  });
  socket.on("ask", (argument: unknown, answer: (argument: unknown) => void) => answer(argument));
  socket.on("publish", (argument: unknown) => {
    io.emit("news", argument);
  });
  socket.on("join", (client: number) => {
    socket.join(roomsOf(client));
    socket.emit("joined");
  });
  socket.on("say", (room: number, argument: unknown) => {
    io.to(roomName(room)).emit("news", argument);
  });
  socket.on("push", (interval: number) => {
    const timer = setInterval(() => socket.emit("time", nowMicroseconds()), interval);
    socket.on("disconnect", () => clearInterval(timer));
  });
}
