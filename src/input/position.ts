/**
 * How a message names the place of an entry in the list that was given. For people: a program reads
 * `error.index`.
 */
export function atPosition(index: number): string {
  return `at position ${index}`;
}
