/** Contracts by zod, valibot and arktype, from the client's types to the server's refusal. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { io } from "@everwire/client";
import { contract, EventRefused } from "@everwire/client/contract";
import { defineContract } from "@everwire/protocol/contract";
import { createTestServer } from "@everwire/server/testing";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only for `true`: the compiler is the test. */
function holds<T extends true>(): T | undefined {
  return undefined;
}

const byZod = defineContract({
  clientToServer: {
    say: {
      args: z.object({ text: z.string().max(5), at: z.iso.datetime().optional() }),
      ack: z.object({ id: z.string() }),
    },
    move: [z.number(), z.number()],
    slow: { args: z.string().refine(async (text) => text !== "taken", "is taken"), ack: z.string() },
    age: { args: z.coerce.number<string>(), ack: z.number() },
  },
  serverToClient: { said: z.object({ text: z.string() }), sure: { args: z.string(), ack: z.boolean() } },
});

const byValibot = defineContract({
  clientToServer: {
    say: {
      args: v.object({
        text: v.pipe(v.string(), v.maxLength(5)),
        at: v.optional(v.pipe(v.string(), v.isoTimestamp())),
      }),
      ack: v.object({ id: v.string() }),
    },
    move: [v.number(), v.number()],
    slow: {
      args: v.pipeAsync(
        v.string(),
        v.checkAsync(async (text) => text !== "taken", "is taken"),
      ),
      ack: v.string(),
    },
    age: { args: v.pipe(v.string(), v.transform(Number), v.number()), ack: v.number() },
  },
  serverToClient: { said: v.object({ text: v.string() }), sure: { args: v.string(), ack: v.boolean() } },
});

const byArktype = defineContract({
  clientToServer: {
    say: {
      args: type({ text: "string <= 5", "at?": "string.date.iso" }).onUndeclaredKey("delete"),
      ack: type({ id: "string" }).onUndeclaredKey("delete"),
    },
    move: [type("number"), type("number")],
    // Arktype has no schemas that take their time.
    slow: {
      args: type("string").narrow((text, context) => text !== "taken" || context.mustBe("free")),
      ack: type("string"),
    },
    age: { args: type("string.numeric.parse"), ack: type("number") },
  },
  serverToClient: { said: type({ text: "string" }), sure: { args: type("string"), ack: type("boolean") } },
});

describe("types", () => {
  it("are those of the schemas at both ends", () => {
    const zod = contract<typeof byZod>(io("http://nowhere.invalid", { autoConnect: false }));
    const valibot = contract<typeof byValibot>(zod.socket);
    const arktype = contract<typeof byArktype>(zod.socket);
    const wrong = [
      // @ts-expect-error: the text is missing
      () => zod.emit("say", {}),
      // @ts-expect-error: the text is a text
      () => valibot.emit("say", { text: 1 }),
      // @ts-expect-error: the text is a text
      () => arktype.emit("say", { text: 1 }),
      // @ts-expect-error: there are two numbers
      () => zod.emit("move", 1),
      // @ts-expect-error: no such event
      () => valibot.emit("unsay", { text: "x" }),
    ];
    assert.equal(wrong.length, 5);
    const ack = (): unknown => {
      holds<Equal<Awaited<ReturnType<typeof zod.emitWithAck<"say">>>, { id: string }>>();
      holds<Equal<Awaited<ReturnType<typeof valibot.emitWithAck<"say">>>, { id: string }>>();
      holds<Equal<Awaited<ReturnType<typeof arktype.emitWithAck<"age">>>, number>>();
      holds<Equal<Parameters<typeof arktype.emitWithAck<"age">>[1], string>>();
      return holds<Equal<Parameters<typeof valibot.emitWithAck<"age">>[1], string>>();
    };
    assert.equal(ack(), undefined);
  });
});

const libraries: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["zod", byZod],
  ["valibot", byValibot],
  ["arktype", byArktype],
]);

for (const [library, described] of libraries) {
  describe(library, () => {
    it("validates, transforms and refuses with the field", async () => {
      // The three describe the same, so the types of one serve for what is done with all of them.
      const typed = described as typeof byZod;
      const heard: unknown[] = [];
      const kit = await createTestServer({
        io,
        setup: (server) =>
          server
            .of("/chat")
            .contract(typed)
            .on("connection", (socket) => {
              socket.on("say", (said) => ({ id: `${heard.push(said)}`, secret: true }));
              socket.on("slow", async (text) => text.toUpperCase());
              socket.on("age", (years) => years + 1);
              socket.on("move", (x, y) => heard.push([x, y]));
            }),
      });
      const { client, socket } = await kit.connect({ namespace: "/chat" });
      const talk = contract(client, typed);
      const untyped = contract(client);
      const at = "2026-01-01T00:00:00.000Z";
      assert.deepEqual(await talk.emitWithAck("say", { text: "hello", at }), { id: "1" });
      await talk.emitWithAck("move", 1, 2);
      assert.deepEqual(heard, [{ text: "hello", at }, [1, 2]]);
      assert.equal(await talk.emitWithAck("age", "41"), 42);
      const refusals = [
        [() => talk.emitWithAck("say", { text: "too long" }), { argument: 0, path: ["text"] }],
        [() => talk.emitWithAck("say", { text: "x", at: "noon" }), { argument: 0, path: ["at"] }],
        [() => untyped.emitWithAck("move", 1, "2"), { argument: 1, path: [] }],
        [() => talk.emitWithAck("slow", "taken"), { argument: 0, path: [] }],
      ] as const;
      for (const [call, expected] of refusals) {
        await assert.rejects(call, (error) => {
          assert.ok(error instanceof EventRefused && error.code === "invalid_event");
          const [issue] = error.issues;
          assert.deepEqual({ argument: issue?.argument, path: issue?.path }, expected);
          assert.ok((issue?.message.length ?? 0) > 0);
          return true;
        });
      }
      assert.equal(await talk.emitWithAck("slow", "free"), "FREE");
      talk.on("sure", async (question) => question === "?");
      assert.equal(await socket.emitWithAck("sure", "?"), true);
      await kit.close();
    });
  });
}
