// The lists of our objects inside of definitions: whatever stands between `-- <objects …>` and
// `-- </objects>` is written here, with the columns that the first line names.

const LIST = /^( *)-- <objects ([\w, ]+)>\n[\s\S]*?^ *-- <\/objects>$/gm;

/**
 * @param {string} text a definition
 * @param {import("./objects.js").DatabaseObject[]} objects
 */
export function writeLists(text, objects) {
  return text.replace(LIST, (_, /** @type {string} */ indent, /** @type {string} */ columns) => {
    const rows = objects.map(
      (object) =>
        `${indent}(${columns
          .split(", ")
          .map((column) => literal(object[/** @type {keyof typeof object} */ (column)]))
          .join(", ")})`,
    );
    return [`${indent}-- <objects ${columns}>`, rows.join(",\n"), `${indent}-- </objects>`].join(
      "\n",
    );
  });
}

/**
 * A text, a boolean or null in SQL.
 *
 * @param {string | boolean | null} value
 */
function literal(value) {
  return typeof value === "string" ? `'${value.replaceAll("'", "''")}'` : String(value);
}
