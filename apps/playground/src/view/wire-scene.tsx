import "../style/wire-scene.css";
import type { VNode } from "preact";

/** Birds on a line: decoration, for the welcome and for rooms in which nobody has spoken. */
export function WireScene(): VNode {
  return (
    <svg class="wire-scene" viewBox="0 0 480 120" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
      <path class="scene-wire" d="M-20 34c160 52 360 52 520 0" />
      <path class="scene-wire dashed" d="M-20 62c160 52 360 52 520 0" />
      <Bird x={168} y={65} hue="first" />
      <Bird x={206} y={67} hue="second" turned />
      <Bird x={322} y={92} hue="third" turned />
    </svg>
  );
}

interface BirdProps {
  readonly x: number;
  readonly y: number;
  readonly hue: string;
  readonly turned?: boolean;
}

function Bird({ x, y, hue, turned = false }: BirdProps): VNode {
  return (
    <g transform={`translate(${x} ${y})${turned ? " scale(-1 1)" : ""}`}>
      <g class={`bird ${hue}`}>
        <path class="bird-leg" d="M-1 0v5M4-1v6" />
        <path class="bird-body" d="M-15 3C-9-2-9-17 3-18c7-.6 11 4.500 10.500 9.500C13-2 7 0 1 0-5 0-9 1-15 3z" />
        <path class="bird-beak" d="M13-12l5 1.800-5 1.700z" />
        <path class="bird-wing" d="M-6-3c1-6 6-8 10-7-1 5-5 8-10 7z" />
        <circle class="bird-eye" cx="7.500" cy="-12.500" r="1.300" />
      </g>
    </g>
  );
}
