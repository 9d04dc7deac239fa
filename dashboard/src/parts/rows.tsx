import type { ComponentChildren } from "preact";

/** Names and what stands beside them. */
export const Rows = ({ title, children }: { title?: string; children: ComponentChildren }) => (
  <div>
    {title !== undefined && <h3>{title}</h3>}
    <dl class="rows">{children}</dl>
  </div>
);

export const Row = ({ name, children }: { name: string; children: ComponentChildren }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
);
