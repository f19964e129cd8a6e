import "reflect-metadata";
import { Server, type Socket } from "@everwire/server";
import { Controller, Get, Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { IoAdapter } from "@nestjs/platform-socket.io";
import { SubscribeMessage, WebSocketGateway } from "@nestjs/websockets";

/** Nest's Socket.IO gateways on an Everwire server. */
class EverwireAdapter extends IoAdapter {
  override createIOServer(port: number, options?: object): ReturnType<IoAdapter["createIOServer"]> {
    // A gateway without a port of its own has 0, and shares that of the application.
    const io: unknown = new Server(port === 0 ? this.httpServer : port, options);
    // Nest's types name the server of the `socket.io` package; what Nest calls of it, an Everwire server has.
    return io as ReturnType<IoAdapter["createIOServer"]>;
  }

  // Nest would wait for a callback; here it is a promise. The namespaces of gateways close with their server.
  override async close(io: { close?: () => unknown }): Promise<void> {
    await io.close?.();
  }
}

@WebSocketGateway()
class ChatGateway {
  @SubscribeMessage("say")
  say(socket: Socket, text: string): { heard: string } {
    socket.broadcast.emit("said", socket.id, text);
    // What is returned is the acknowledgement.
    return { heard: text };
  }
}

@Controller()
class AppController {
  @Get()
  hello(): string {
    return "hello from NestJS";
  }
}

@Module({ controllers: [AppController], providers: [ChatGateway] })
class AppModule {}

export async function start(port: number): Promise<{ url: string; close: () => Promise<void> }> {
  const app = await NestFactory.create(AppModule, { logger: ["error", "warn"] });
  app.useWebSocketAdapter(new EverwireAdapter(app));
  await app.listen(port, "127.0.0.1");
  return { url: await app.getUrl(), close: () => app.close() };
}

if (process.argv[1] === import.meta.filename) console.log((await start(Number(process.argv[2] ?? 3000))).url);
