// Drawn, not written: a font need not have them. Each stands beside words and is silent.

const SHAPES = {
  good: "M3 8.5 6.5 12 13 4.5",
  bad: "M4 4 12 12 M12 4 4 12",
  attention: "M8 2.5V9 M8 12v1.5",
  unknown: "M4 8h8",
  pause: "M5 3v10 M11 3v10",
  go: "M5 3 12 8 5 13Z",
} as const;

export type Shape = keyof typeof SHAPES;

export const Icon = ({ shape }: { shape: Shape }) => (
  <svg class={`icon ${shape}`} viewBox="0 0 16 16" aria-hidden="true">
    <path d={SHAPES[shape]} />
  </svg>
);
