import { expect, test } from "vitest";
import { barChart, escapeText } from "../../bench/lib/chart.js";

const chartOf = (label: string, value: { median: number; low: number; high: number }) =>
  barChart({
    title: "Syncs",
    subtitle: "a directory of 1 million",
    axis: "times slower",
    one: "contact-sync",
    groups: [{ title: "First sync", bars: [{ label, value }] }],
  });

/** The `x` and `width` of the only bar. */
function barOf(svg: string): { x: number; width: number } {
  const [, x, width] =
    /<rect class="(?:slower|faster)" x="([\d.]+)" y="[\d.]+" width="([\d.]+)"/.exec(svg) ?? [];
  return { x: Number(x), width: Number(width) };
}

const lineAtOne = (svg: string) => Number(/<line class="one" x1="([\d.]+)"/.exec(svg)?.[1]);

test("nothing that stands in a label is read as markup", () => {
  expect(escapeText(`a<b>&"c'`)).toBe("a&lt;b&gt;&amp;&quot;c&#39;");
  const svg = chartOf(`</text><script>x</script> & "co"`, { median: 2, low: 1.5, high: 3 });
  expect(svg).not.toContain("<script>");
  expect(svg).toContain("&lt;/text&gt;&lt;script&gt;x&lt;/script&gt; &amp; &quot;co&quot;");
});

test("the figures are there in words for those who can't see the bars", () => {
  const svg = chartOf("one INSERT a contact", { median: 71.4, low: 60.2, high: 85 });
  expect(svg).toContain('role="img" aria-labelledby="title description"');
  expect(svg).toContain('<title id="title">Syncs</title>');
  expect(svg).toMatch(
    /<desc[^>]*>times slower\. First sync: one INSERT a contact 71 \(60 to 85\)\.</,
  );
});

test("bars begin at 1: to the right what is slower, to the left what is faster", () => {
  const slower = chartOf("slower", { median: 10, low: 9, high: 11 });
  expect(barOf(slower).x).toBe(lineAtOne(slower));
  const faster = chartOf("faster", { median: 0.5, low: 0.4, high: 0.6 });
  expect(barOf(faster).x + barOf(faster).width).toBeCloseTo(lineAtOne(faster), 1);
});

test("the scale is logarithmic: equal factors are equally long", () => {
  const two = chartOf("x", { median: 10, low: 1, high: 100 });
  const whisker = /M([\d.]+) [\d.]+V[\d.]+M[\d.]+ [\d.]+H([\d.]+)/.exec(two) ?? [];
  const [low, high] = [Number(whisker[1]), Number(whisker[2])];
  expect(barOf(two).width).toBeCloseTo((high - low) / 2, 0);
});

test("what has no logarithm is refused, and a lone 1 still has a scale", () => {
  expect(() => chartOf("x", { median: 1, low: 0, high: 2 })).toThrow("above 0");
  expect(() => chartOf("x", { median: Number.NaN, low: 1, high: 2 })).toThrow("above 0");
  expect(chartOf("x", { median: 1, low: 1, high: 1 })).not.toMatch(/NaN|Infinity/);
});
