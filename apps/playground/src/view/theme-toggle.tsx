import type { VNode } from "preact";
import { theme, toggleTheme } from "../state/theme.ts";
import { Icon } from "./icon.tsx";

export function ThemeToggle(): VNode {
  const other = theme.value === "dark" ? "light" : "dark";
  const label = `Switch to the ${other} theme`;
  return (
    <button
      type="button"
      class="icon-button"
      data-testid="theme-toggle"
      aria-label={label}
      title={label}
      onClick={toggleTheme}
    >
      <Icon name={other === "dark" ? "moon" : "sun"} />
    </button>
  );
}
