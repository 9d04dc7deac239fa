import type { ComponentChildren } from "preact";

export interface Column<Row> {
  readonly head: ComponentChildren;
  readonly cell: (row: Row) => ComponentChildren;
  /** Figures stand to the right. */
  readonly figures?: boolean;
}

interface TableProps<Row> {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row, index: number) => string;
}

/** A table that is moved sideways by itself where it is wider than the page. Its first column names. */
export function Table<Row>({ caption, columns, rows, keyOf }: TableProps<Row>) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without a mouse, it is moved by the arrow keys
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for controls
    <div class="table" role="group" aria-label={caption} tabIndex={0}>
      <table>
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ head, figures }, column) => (
              <th key={column} scope="col" class={figures ? "figures" : undefined}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={keyOf(row, index)}>
              {columns.map(({ cell, figures }, column) => {
                const look = figures ? "figures" : undefined;
                if (column > 0)
                  return (
                    <td key={column} class={look}>
                      {cell(row)}
                    </td>
                  );
                return (
                  <th key={column} scope="row" class={look}>
                    {cell(row)}
                  </th>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
