import type { Attack } from "./attack.ts";
import { bodies } from "./attacks/bodies.ts";
import { broadcasts } from "./attacks/broadcasts.ts";
import { compressed } from "./attacks/compressed.ts";
import { frames } from "./attacks/frames.ts";
import { handshakes } from "./attacks/handshakes.ts";
import { nonReaders } from "./attacks/non-readers.ts";
import { requests } from "./attacks/requests.ts";
import { sessions } from "./attacks/sessions.ts";

/** What a server may be made to hold: attacks on its memory, its sockets and its time. */
export const exhaustion: readonly Attack[] = [
  ...handshakes,
  ...frames,
  ...compressed,
  ...nonReaders,
  ...requests,
  ...bodies,
  ...sessions,
  ...broadcasts,
];
