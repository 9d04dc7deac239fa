import type { ComponentChildren } from "preact";
import { Icon, type Shape } from "./icon.tsx";

export interface FigureProps {
  readonly label: string;
  readonly value: string;
  readonly unit?: string | undefined;
  /** More of it, in small. */
  readonly more?: ComponentChildren;
  /** Where it is good or bad, that too; `state` says it in words. */
  readonly shape?: Shape | undefined;
  readonly state?: string | undefined;
}

/** Side by side, so many in a row where there is room. */
export const Figures = ({
  across = 4,
  children,
}: {
  across?: 4 | 6;
  children: ComponentChildren;
}) => <dl class={`figures-grid across-${across}`}>{children}</dl>;

export const Figure = ({ label, value, unit, more, shape, state }: FigureProps) => (
  <div class="figure">
    <dt>{label}</dt>
    <dd>
      <span class="value">
        {value}
        {unit !== undefined && <span class="unit"> {unit}</span>}
      </span>
      {state !== undefined && (
        <span class={`state ${shape ?? "unknown"}`}>
          <Icon shape={shape ?? "unknown"} />
          {state}
        </span>
      )}
      {more !== undefined && <span class="more">{more}</span>}
    </dd>
  </div>
);
