import type { AnswerCase, ConformanceCase, FrameCase, RequestCase } from "./conformance-case.ts";
import { closing } from "./families/closing.ts";
import { controlFrames } from "./families/control-frames.ts";
import { dataMessages } from "./families/data-messages.ts";
import { deflateMessages } from "./families/deflate-messages.ts";
import { deflateOffers } from "./families/deflate-offers.ts";
import { deflateWindows } from "./families/deflate-windows.ts";
import { fragmentation } from "./families/fragmentation.ts";
import { frameHeaders } from "./families/frame-headers.ts";
import { handshakeAnswers } from "./families/handshake-answers.ts";
import { handshakeRequests } from "./families/handshake-requests.ts";
import { limits } from "./families/limits.ts";
import { utf8Messages } from "./families/utf8-messages.ts";
import type { FamilyContext } from "./families/vocabulary.ts";
import type { Role } from "./wire-frame.ts";

/** What decides which cases there are. */
export interface Selection {
  readonly filter?: readonly string[];
  readonly maxPayload?: number;
}

/** Stands in for an unknown limit in rows that are skipped then. */
const NO_LIMIT = 1024;

/** The cases for a server under test: requests first, then frames. */
export function serverCases(selection: Selection = {}): (FrameCase | RequestCase)[] {
  return select([...handshakeRequests(), ...deflateOffers(), ...frameCases("client", selection)], selection);
}

/** The cases for a client under test: answers first, then frames. */
export function clientCases(selection: Selection = {}): (FrameCase | AnswerCase)[] {
  return select([...handshakeAnswers(), ...frameCases("server", selection)], selection);
}

function frameCases(role: Role, { maxPayload }: Selection): FrameCase[] {
  const context: FamilyContext = { role, limit: maxPayload ?? NO_LIMIT };
  return [
    ...dataMessages(context),
    ...frameHeaders(context),
    ...fragmentation(),
    ...controlFrames(),
    ...closing(),
    ...utf8Messages(),
    ...limits(context),
    ...deflateMessages(context),
    ...deflateWindows(),
  ];
}

function select<Case extends ConformanceCase>(cases: readonly Case[], { filter = [] }: Selection): Case[] {
  return cases.filter(({ id }) => filter.length === 0 || filter.some((part) => id.includes(part)));
}

/** RFC and section of a case, for instance `6455/5.5`. */
export function familyOf(id: string): string {
  return id.split("/", 2).join("/");
}
