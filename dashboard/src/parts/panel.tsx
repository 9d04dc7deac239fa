import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import type { Known } from "../service/live.ts";

export interface PanelProps {
  readonly title: string;
  /** What it is about, in a sentence. */
  readonly note?: ComponentChildren;
  /** Beside the title. */
  readonly tools?: ComponentChildren;
  readonly wide?: boolean;
  readonly children: ComponentChildren;
}

export function Panel({ title, note, tools, wide = false, children }: PanelProps) {
  const id = useId();
  return (
    <section class={wide ? "panel wide" : "panel"} aria-labelledby={id}>
      <header class="panel-head">
        <h2 id={id}>{title}</h2>
        {tools}
      </header>
      {note !== undefined && <p class="quiet">{note}</p>}
      {children}
    </section>
  );
}

interface WhenKnownProps<Data> {
  readonly known: Known<Data>;
  /** What is being asked for, such as "figures of today". */
  readonly what: string;
  readonly children: (data: Data) => ComponentChildren;
}

/** What is known; or that it is being asked for, or why it is not known. */
export function WhenKnown<Data>({ known, what, children }: WhenKnownProps<Data>) {
  const { data, failure } = known;
  if (data !== undefined) return <>{children(data)}</>;
  // Why, and what to do, stands once above all of them.
  if (failure !== undefined) return <Empty>Not known: the service did not answer.</Empty>;
  return <p class="loading">Asking for {what} …</p>;
}

/** In place of a table or chart that has nothing to show. */
export const Empty = ({ children }: { children: ComponentChildren }) => (
  <p class="empty">{children}</p>
);
