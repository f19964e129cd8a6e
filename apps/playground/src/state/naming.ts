import { effect, type ReadonlySignal, signal, untracked } from "@preact/signals";
import { nameProblem, tidyName } from "../model/name.ts";
import { isNameRefusal, refusalSentence } from "../model/refusal.ts";
import { connectAs, connection } from "./connection.ts";
import { acceptName, name } from "./identity.ts";
import { restoreMarks } from "./read-marks.ts";

/** How the choice of a name stands. */
export type Naming =
  | { readonly kind: "rest" }
  | { readonly kind: "asking"; readonly name: string }
  | { readonly kind: "refused"; readonly problem: string };

const state = signal<Naming>({ kind: "rest" });
export const naming: ReadonlySignal<Naming> = state;

/** Asks the server for a name, unless one can see that it will not have it. */
export function offerName(input: string): void {
  const problem = nameProblem(input);
  if (problem !== undefined) {
    state.value = { kind: "refused", problem: refusalSentence(problem, undefined) };
    return;
  }
  state.value = { kind: "asking", name: tidyName(input) };
  connectAs(tidyName(input));
}

/** Takes the complaint away, for example when the person types on. */
export function forgetRefusal(): void {
  if (state.value.kind === "refused") state.value = { kind: "rest" };
}

/** Follows the answers of the server from now on, and connects if this tab already has a name. */
export function startNaming(): void {
  effect(() => {
    const { value } = connection;
    untracked(() => {
      if (value.kind === "online") accept();
      if (value.kind === "refused" && isNameRefusal(value.code)) refuse(refusalSentence(value.code, value.message));
    });
  });
  const known = name.peek();
  if (known === undefined) return;
  restoreMarks(known);
  connectAs(known);
}

function accept(): void {
  if (state.value.kind !== "asking") return;
  restoreMarks(state.value.name);
  acceptName(state.value.name);
  state.value = { kind: "rest" };
}

/** A new name that was refused leaves us with the one we had. */
function refuse(problem: string): void {
  const renaming = state.value.kind === "asking";
  const known = name.peek();
  state.value = { kind: "refused", problem };
  if (renaming && known !== undefined) connectAs(known);
}
