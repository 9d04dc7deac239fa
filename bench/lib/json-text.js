/**
 * JSON as the formatter of this repository wants it: short lists of numbers on a line.
 *
 * @param {object} value
 * @param {number} digits of each figure that is no whole number
 */
export function jsonText(value, digits) {
  const rounded = (/** @type {string} */ _, /** @type {unknown} */ one) =>
    typeof one === "number" && !Number.isInteger(one) ? Number(one.toPrecision(digits)) : one;
  const text = JSON.stringify(value, rounded, 2);
  const onALine = text.replace(
    /\[\s+([\d.,\s]+?)\s+\]/g,
    (_, /** @type {string} */ list) => `[${list.split(/,\s+/).join(", ")}]`,
  );
  return `${onALine}\n`;
}
