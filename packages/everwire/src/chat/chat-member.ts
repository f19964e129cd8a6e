import { createHash } from "node:crypto";
import { ChatFailure, chatFailure } from "../failures.ts";
import { type ChatName, parseChatName } from "./chat-name.ts";

/** Who is behind a connection, as far as the chat cares. */
export interface ChatMember {
  /** Public: publisher id and member id. Derived from the client id, which nobody else must learn. */
  readonly id: string;
  readonly name: ChatName;
}

/** 128 random bits take 22 characters of base64url or 32 of hex. */
const CLIENT = /^[A-Za-z0-9_-]{22,64}$/;

/** Reads the CONNECT payload `{ client, name }`. */
export function parseChatMember(auth: Readonly<Record<string, unknown>>): ChatMember | ChatFailure {
  const { client } = auth;
  if (typeof client !== "string" || !CLIENT.test(client)) return chatFailure("client_invalid");
  const name = parseChatName(auth.name);
  return name instanceof ChatFailure ? name : { id: memberId(client), name };
}

/** 132 bits of SHA-256: nobody finds the client id from it, and no two clients share one by chance. */
export function memberId(client: string): string {
  return createHash("sha256").update(client).digest("base64url").slice(0, 22);
}
