import "../style/name-screen.css";
import type { VNode } from "preact";
import { NameForm } from "./name-form.tsx";
import { ThemeToggle } from "./theme-toggle.tsx";
import { WireScene } from "./wire-scene.tsx";
import { Wordmark } from "./wordmark.tsx";

/** The first thing one sees: what this is, and the question who one is. */
export function NameScreen(): VNode {
  return (
    <main class="welcome">
      <div class="welcome-bar">
        <Wordmark />
        <ThemeToggle />
      </div>
      <WireScene />
      <section class="welcome-card">
        <h1>Stay on the line.</h1>
        <p>
          A chat that keeps its place: change the transport, lose the network, reload the page, and nothing is lost.
        </p>
        <NameForm label="Your name" action="Join the chat" />
      </section>
    </main>
  );
}
