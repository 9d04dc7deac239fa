// Reads PromQL from its standard input, a JSON list of expressions, and prints for each what it asks
// for: each metric with the labels that it is asked by, and where it is no PromQL.
import { text } from "node:stream/consumers";
import { parser } from "@prometheus-io/lezer-promql";

const answers = JSON.parse(await text(process.stdin)).map((/** @type {string} */ expression) => {
  /** @type {{ name: string, matchers: [label: string, operator: string, value: string][] }[]} */
  const selectors = [];
  /** @type {string[]} */
  const grouped = [];
  let isWrong = false;
  parser.parse(expression).iterate({
    enter(node) {
      const said = expression.slice(node.from, node.to);
      if (node.type.isError) isWrong = true;
      if (node.name === "VectorSelector") {
        selectors.push({ name: /^\w*/.exec(said)?.[0] ?? "", matchers: [] });
      } else if (node.name === "UnquotedLabelMatcher") {
        const [, label = "", operator = "", value = ""] =
          /^(\w+)\s*(=~|!~|!=|=)\s*"(.*)"$/.exec(said) ?? [];
        selectors.at(-1)?.matchers.push([label, operator, value]);
      } else if (node.name === "LabelName" && node.node.parent?.name === "GroupingLabels") {
        grouped.push(said);
      }
    },
  });
  return { expression, selectors, grouped, isWrong };
});
process.stdout.write(JSON.stringify(answers));
