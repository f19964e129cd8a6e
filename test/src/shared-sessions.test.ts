/** Sessions of Express and users of Passport, shared with sockets by the calls that Socket.IO's guide has for it. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { Server, type Socket } from "@everwire/server";
import express from "express";
import session from "express-session";
import passport from "passport";
import { Strategy } from "passport-local";
import { io } from "socket.io-client";
import { nextEvent } from "./waiting.ts";

const SECRET = "only for this test";

declare module "express-session" {
  interface SessionData {
    visits: number;
  }
}

declare global {
  namespace Express {
    interface User {
      readonly username: string;
    }
  }
}

type Request = express.Request;

/** Ada may log in with her password. */
function local(): Strategy {
  return new Strategy((username, password, done) => {
    if (username === "ada" && password === "lovelace") done(null, { username });
    else done(null, false);
  });
}

/** @returns the address of a server whose middlewares are the application's and the sockets' alike. */
async function stage(context: TestContext, connected: (socket: Socket, request: Request) => void): Promise<string> {
  const app = express();
  const http = createServer(app);
  const server = new Server(http);
  const users = new passport.Passport();
  users.use(local());
  users.serializeUser((user, done) => done(null, user.username));
  users.deserializeUser((username: string, done) => done(null, { username }));
  const shared = [session({ secret: SECRET, resave: false, saveUninitialized: true }), users.session()];

  for (const middleware of shared) {
    app.use(middleware);
    server.engine.use(middleware);
  }
  app.post("/login", express.urlencoded({ extended: false }), users.authenticate("local"), (_, response) => {
    response.end("welcome");
  });
  app.post("/visit", (request, response) => {
    request.session.visits = (request.session.visits ?? 0) + 1;
    response.end();
  });
  // What the middlewares were given is Express's request to them.
  server.on("connection", (socket) => connected(socket, socket.request as Request));

  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  context.after(() => server.close());
  // Listening on a TCP port, so the address is not a path.
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
}

async function post(url: string, body: string, cookie = ""): Promise<{ status: number; cookie: string }> {
  const headers = { cookie, "content-type": "application/x-www-form-urlencoded" };
  const { status, headers: answer } = await fetch(url, { method: "POST", body, headers });
  return { status, cookie: answer.get("set-cookie")?.split(";")[0] ?? cookie };
}

for (const transport of ["polling", "websocket"] as const) {
  test(`over ${transport}: a socket has the session of its page, and may change it`, async (context) => {
    const url = await stage(context, (socket, request) => {
      socket.on("visit", (answer: (visits: number) => void) => {
        // What another request has changed meanwhile is read again, into a session that takes the place of this one.
        request.session.reload(() => {
          const visits = (request.session.visits ?? 0) + 1;
          request.session.visits = visits;
          request.session.save(() => answer(visits));
        });
      });
    });
    const { cookie } = await post(`${url}/visit`, "");
    const socket = io(url, { transports: [transport], forceNew: true, extraHeaders: { cookie } });
    context.after(() => socket.disconnect());
    assert.equal(await socket.timeout(10_000).emitWithAck("visit"), 2);
    await post(`${url}/visit`, "", cookie);
    assert.equal(await socket.timeout(10_000).emitWithAck("visit"), 4);
  });

  test(`over ${transport}: a socket knows the user who has logged in, and nobody else`, async (context) => {
    const names: (string | undefined)[] = [];
    const url = await stage(context, (_, { user }) => names.push(user?.username));
    const { status, cookie } = await post(`${url}/login`, "username=ada&password=lovelace");
    assert.equal(status, 200);
    assert.equal((await post(`${url}/login`, "username=ada&password=byron")).status, 401);
    for (const known of [cookie, ""]) {
      const socket = io(url, { transports: [transport], forceNew: true, extraHeaders: { cookie: known } });
      context.after(() => socket.disconnect());
      await nextEvent(socket, "connect");
    }
    assert.deepEqual(names, ["ada", undefined]);
  });
}
