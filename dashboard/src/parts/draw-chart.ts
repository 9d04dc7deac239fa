import uPlot from "uplot";
import type { ChartProps, Series } from "./series.ts";
import { shortDay } from "./words.ts";

const DAY_SECONDS = 86_400;
const HEIGHT = 152;
/** Days between two marks of the axis. */
const STEPS = [1, 2, 7, 14, 28, 56, 91, 182].map((days) => days * DAY_SECONDS);

/** Draws into the place, in its colours and as wide as it is, until it is removed. */
export function drawChart(place: HTMLElement, onPoint: (day: number | undefined) => void) {
  let plot: uPlot | undefined;
  let shown: ChartProps | undefined;
  let form = "";

  const draw = () => {
    plot?.destroy();
    plot = undefined;
    if (shown === undefined || place.clientWidth === 0) return;
    plot = new uPlot(optionsOf(shown, place, onPoint), dataOf(shown), place);
  };
  const sized = new ResizeObserver(() => {
    if (plot === undefined) draw();
    else if (plot.width !== place.clientWidth) {
      plot.setSize({ width: place.clientWidth, height: HEIGHT });
    }
  });
  sized.observe(place);
  const themes = [
    matchMedia("(prefers-color-scheme: dark)"),
    matchMedia("(prefers-contrast: more)"),
  ];
  for (const theme of themes) theme.addEventListener("change", draw);

  return {
    show(props: ChartProps) {
      shown = props;
      const next = JSON.stringify([
        props.kind,
        props.series.map(({ tone, label }) => [tone, label]),
      ]);
      if (plot !== undefined && next === form) plot.setData(dataOf(props));
      else draw();
      form = next;
    },
    remove() {
      sized.disconnect();
      for (const theme of themes) theme.removeEventListener("change", draw);
      plot?.destroy();
    },
  };
}

/** Bars on top of one another are bars to their sum, the highest drawn first. */
function dataOf({ days, series, kind }: ChartProps): uPlot.AlignedData {
  const times = days.map((day) => Date.parse(day) / 1_000);
  if (kind === "lines") return [times, ...series.map(({ values }) => [...values])];
  const sums = series.map((_, last) => days.map((_, day) => sumOf(series.slice(0, last + 1), day)));
  return [times, ...sums.reverse()];
}

/** Where not all days have a point, those that no line leads to: of the first day, and between gaps. */
function whatIsShown(plot: uPlot, series: number, areAllShown: boolean): number[] | null {
  if (areAllShown) return null;
  const values = plot.data[series] ?? [];
  const isGap = (day: number) => (values[day] ?? null) === null;
  return [...values.keys()].filter((day) => !isGap(day) && isGap(day - 1) && isGap(day + 1));
}

const sumOf = (series: readonly Series[], day: number) =>
  series.reduce((sum, { values }) => sum + (values[day] ?? 0), 0);

function optionsOf(
  { series, kind, format, formatShort = format, isShare = false }: ChartProps,
  place: HTMLElement,
  onPoint: (day: number | undefined) => void,
): uPlot.Options {
  const style = getComputedStyle(place);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const font = `12px ${style.fontFamily}`;
  const axis = {
    font,
    stroke: colour("quiet"),
    grid: { stroke: colour("line"), width: 1 },
    ticks: { show: false },
  };
  const drawn = kind === "bars" ? [...series].reverse() : series;
  return {
    width: place.clientWidth,
    height: HEIGHT,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, y: false, points: { show: kind === "lines" } },
    tzDate: (time) => uPlot.tzDate(new Date(time * 1_000), "Etc/UTC"),
    scales: {
      x: {
        time: true,
        range: (_, first, last) => [first - DAY_SECONDS / 2, last + DAY_SECONDS / 2],
      },
      y: { range: (_, __, most) => (isShare ? [0, 100] : [0, Math.max(most * 1.05, 1)]) },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 28,
        space: 56,
        incrs: STEPS,
        values: (_, times) => times.map((time) => shortDay(time * 1_000)),
      },
      {
        ...axis,
        size: (_, values) => 14 + 7 * Math.max(3, ...(values ?? []).map((text) => text.length)),
        space: 32,
        values: (_, figures) => figures.map((figure) => (figure === 0 ? "0" : formatShort(figure))),
      },
    ],
    series: [
      {},
      ...drawn.map(({ label, tone }): uPlot.Series => {
        const stroke = colour(tone);
        if (kind === "lines") {
          return {
            label,
            stroke,
            width: 2,
            points: { size: 5, fill: stroke, filter: whatIsShown },
          };
        }
        const paths = uPlot.paths.bars?.({ size: [0.7, 40], align: 0 });
        return { label, fill: stroke, width: 0, points: { show: false }, ...(paths && { paths }) };
      }),
    ],
    hooks: {
      setCursor: [({ cursor }) => onPoint(cursor.idx ?? undefined)],
    },
  };
}
