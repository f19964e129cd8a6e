import { nowMicroseconds } from "../shared-clock.ts";

/** What both servers under test give an application. */
interface ApplicationSocket {
  on(event: string, listener: (...args: never[]) => void): unknown;
  emit(event: string, argument: unknown): unknown;
}

/** The application of the transport benchmark, the same lines on either server. */
export function serveClient(socket: ApplicationSocket): void {
  socket.on("echo", (argument: unknown) => {
    socket.emit("echo", argument);
  });
  socket.on("push", (interval: number) => {
    const timer = setInterval(() => socket.emit("time", nowMicroseconds()), interval);
    socket.on("disconnect", () => clearInterval(timer));
  });
}
