// A figure a day as a picture, with its unit, and the same figures as a table behind it.
import { useSignal } from "@preact/signals";
import { useEffect, useId, useRef } from "preact/hooks";
import { drawChart } from "./draw-chart.ts";
import { Empty } from "./panel.tsx";
import type { ChartProps, Series } from "./series.ts";
import { Table } from "./table.tsx";
import { longDay, NONE } from "./words.ts";

export function Chart(props: ChartProps) {
  const { title, unit, days, series, kind, empty } = props;
  const id = useId();
  // A rate of nought is a figure; a day without a sync has no bar.
  const isNothing = (value: number | null) => value === null || (kind === "bars" && value === 0);
  const isEmpty = series.every(({ values }) => values.every(isNothing));
  return (
    <figure class="chart" aria-labelledby={id}>
      <figcaption>
        <h3 id={id}>{title}</h3>
        <span class="quiet">{unit}</span>
      </figcaption>
      {isEmpty ? <Empty>{empty}</Empty> : <Picture {...props} />}
      <details>
        <summary>
          Table<span class="unseen">: {title}</span>
        </summary>
        <Table
          caption={`${title}, ${unit}`}
          rows={days.map((day, at) => ({ day, at })).reverse()}
          keyOf={({ day }) => day}
          columns={[
            { head: "Day (UTC)", cell: ({ day }) => day },
            ...series.map(({ label, values }) => ({
              head: label,
              figures: true,
              cell: ({ at }: { at: number }) => told(props, values[at]),
            })),
          ]}
        />
      </details>
    </figure>
  );
}

function Picture(props: ChartProps) {
  const { title, unit, days, series, summary } = props;
  const canvas = useRef<HTMLDivElement>(null);
  const drawn = useRef<ReturnType<typeof drawChart>>(undefined);
  const pointed = useSignal<number | undefined>(undefined);
  const at = pointed.value;

  useEffect(() => {
    const place = canvas.current;
    if (place === null) return undefined;
    drawn.current = drawChart(place, (day) => {
      pointed.value = day;
    });
    return () => drawn.current?.remove();
  }, [pointed]);
  useEffect(() => drawn.current?.show(props));

  const figures = series.map((one) => ({
    ...one,
    figure: told(props, at === undefined ? summarised(one, summary) : one.values[at]),
  }));
  const when = at === undefined ? summary : longDay(Date.parse(days[at] ?? ""));
  const overall = figures.map((one) => `${one.label}: ${told(props, summarised(one, summary))}`);
  return (
    <>
      <div
        ref={canvas}
        class="canvas"
        role="img"
        aria-label={`${title}, ${unit}, over ${days.length} days. ${summary === "total" ? "In all" : "At last"}: ${overall.join("; ")}. The table below has each day.`}
      />
      <ul class="legend">
        <li class="when">
          {at === undefined ? { total: "In all", latest: "At last" }[summary] : when}
        </li>
        {figures.map(({ label, tone, figure }) => (
          <li key={label}>
            <span class={`swatch ${tone}`} />
            {label} <b>{figure}</b>
          </li>
        ))}
      </ul>
    </>
  );
}

function told({ format }: ChartProps, figure: number | null | undefined): string {
  return figure === null || figure === undefined ? NONE : format(figure);
}

function summarised({ values }: Series, summary: ChartProps["summary"]): number | null {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return null;
  if (summary === "latest") return known.at(-1) ?? null;
  return known.reduce((sum, value) => sum + value, 0);
}
