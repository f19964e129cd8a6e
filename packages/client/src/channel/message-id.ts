import { encodeBase64 } from "../packet/base64.ts";

/** 22 characters of `[A-Za-z0-9_-]`, 128 random bits: unique without asking anyone. */
export function newMessageId(): string {
  const text = encodeBase64(crypto.getRandomValues(new Uint8Array(16)));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
