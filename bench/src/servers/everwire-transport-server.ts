/** Everwire's Socket.IO server as its README has it, with JSONP, which has to be asked for. */
import { createServer } from "node:http";
import { Server } from "@everwire/server";
import { announceListening } from "./announcement.ts";
import { serveClient } from "./transport-application.ts";

const http = createServer();
const io = new Server(http, { jsonp: true });
io.on("connection", (socket) => serveClient(io, socket));
http.listen(0, "127.0.0.1");
announceListening(http, "");
