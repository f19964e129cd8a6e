/** socket.io as its README has it. */
import { createServer } from "node:http";
import { Server } from "socket.io";
import { announceListening } from "./announcement.ts";
import { serveClient } from "./transport-application.ts";

const http = createServer();
const io = new Server(http);
io.on("connection", (socket) => serveClient(io, socket));
http.listen(0, "127.0.0.1");
announceListening(http, "");
