/** How many numbers were looked at, and how many of them have a near neighbour among them. */
export interface Neighbours {
  readonly numbers: number;
  readonly neighbours: number;
}

// Ranges that are tried one number after the other are 1 apart, and some may leave out what no plan
// assigns. In a book, chance puts two of 1,000 numbers of a town of 100,000 this near for 1 in 10 of
// them, and of a mobile network of 10,000,000 for 1 in 1,000.
const NEAR = 5;

// Beyond these digits a number in E.164 is none, and a double would not hold it exactly.
const MAX_LENGTH = "+".length + 15;

/**
 * Counts numbers that have a near neighbour: what tells a range of numbers from an address book.
 *
 * @param numbers distinct, in E.164
 */
export function countNeighbours(numbers: readonly string[]): Neighbours {
  const values = new Float64Array(numbers.length);
  let taken = 0;
  for (const number of numbers) {
    if (number.length <= MAX_LENGTH) values[taken++] = Number(number);
  }
  const sorted = values.subarray(0, taken).sort();
  let neighbours = 0;
  let wasNear = false;
  for (let place = 0; place < taken; place += 1) {
    const isNear =
      place + 1 < taken && (sorted[place + 1] as number) - (sorted[place] as number) <= NEAR;
    if (wasNear || isNear) neighbours += 1;
    wasNear = isNear;
  }
  return { numbers: taken, neighbours };
}
