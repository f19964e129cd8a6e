import "../style/name-form.css";
import type { TargetedSubmitEvent, VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { lastName } from "../state/identity.ts";
import { forgetRefusal, naming, offerName } from "../state/naming.ts";
import { notice } from "../state/status.ts";

interface NameFormProps {
  readonly label: string;
  readonly action: string;
}

/** Asks for a name and shows at the field what is wrong with it. */
export function NameForm({ label, action }: NameFormProps): VNode {
  const [text, setText] = useState(lastName);
  const field = useRef<HTMLInputElement>(null);
  const { value } = naming;
  const problem = value.kind === "refused" ? value.problem : undefined;
  const asking = value.kind === "asking";
  useEffect(() => {
    field.current?.focus();
    field.current?.select();
  }, [problem]);

  function submit(event: TargetedSubmitEvent<HTMLFormElement>): void {
    event.preventDefault();
    if (!asking) offerName(text);
  }

  return (
    <form class="name-form" noValidate onSubmit={submit}>
      <label for="name">{label}</label>
      <div class="name-row">
        <input
          ref={field}
          id="name"
          data-testid="name-input"
          value={text}
          autoComplete="nickname"
          autoCapitalize="words"
          spellcheck={false}
          enterKeyHint="go"
          aria-invalid={problem !== undefined}
          aria-describedby="name-note"
          onInput={(event) => {
            setText(event.currentTarget.value);
            forgetRefusal();
          }}
        />
        <button type="submit" class="primary" data-testid="name-submit" aria-disabled={asking}>
          {asking ? "Connecting…" : action}
        </button>
      </div>
      <p id="name-note" class="name-note" role="alert">
        {problem !== undefined && <span data-testid="name-error">{problem}</span>}
        {asking && notice.value !== undefined && "The server does not answer yet. Still trying."}
      </p>
    </form>
  );
}
