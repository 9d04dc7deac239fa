const FIRST_CAPACITY = 1 << 10;

/** How many lines are named to people. */
const LINES_SHOWN = 12;

/** The lines on which the entries of a file stand, by position: four bytes each. */
export class LineNumbers {
  #lines = new Uint32Array(FIRST_CAPACITY);
  #length = 0;

  static of(entries: readonly { readonly line: number }[]): LineNumbers {
    const lines = new LineNumbers();
    for (const { line } of entries) lines.push(line);
    return lines;
  }

  get length(): number {
    return this.#length;
  }

  push(line: number): void {
    if (this.#length === this.#lines.length) {
      const grown = new Uint32Array(this.#lines.length * 2);
      grown.set(this.#lines);
      this.#lines = grown;
    }
    this.#lines[this.#length] = line;
    this.#length += 1;
  }

  at(position: number): number {
    const line = position < this.#length ? this.#lines[position] : undefined;
    if (line === undefined) throw new RangeError("there is no such entry");
    return line;
  }

  /** The lines of some positions in ascending order, each once. */
  atEach(positions: readonly number[]): number[] {
    const lines = positions.map((position) => this.at(position));
    return lines.filter((line, place) => line !== lines[place - 1]);
  }

  all(): number[] {
    return Array.from(this.#lines.subarray(0, this.#length));
  }

  describe(): string {
    return describeLines(this.#lines.subarray(0, this.#length));
  }
}

/** For people: `lines 3, 8, 12 and 40 more`. */
export function describeLines(lines: ArrayLike<number>): string {
  const shown = Array.from({ length: Math.min(LINES_SHOWN, lines.length) }, (_, at) => lines[at]);
  const more = lines.length - shown.length;
  const rest = more === 0 ? "" : ` and ${more} more`;
  return `${lines.length === 1 ? "line" : "lines"} ${shown.join(", ")}${rest}`;
}
