// What a chart shows.

export type Tone = "first" | "second" | "third" | "fourth";

export interface Series {
  readonly label: string;
  readonly tone: Tone;
  /** A day each; null: not known of that day. */
  readonly values: readonly (number | null)[];
}

export interface ChartProps {
  readonly title: string;
  /** Of every figure, such as "syncs a day". */
  readonly unit: string;
  /** `YYYY-MM-DD` each. */
  readonly days: readonly string[];
  readonly series: readonly Series[];
  /** Bars on top of one another, or lines. */
  readonly kind: "bars" | "lines";
  readonly format: (figure: number) => string;
  /** For the axis, where there is less room. */
  readonly formatShort?: (figure: number) => string;
  /** What the legend says of a series while no day is pointed at. */
  readonly summary: "total" | "latest";
  /** The figures are shares of 100. */
  readonly isShare?: boolean;
  /** What is said where no day has a figure. */
  readonly empty: string;
}
