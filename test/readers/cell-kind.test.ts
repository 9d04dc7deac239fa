import { expect, test } from "vitest";
import { type CellKind, cellKind } from "../../src/readers/csv/cell-kind.ts";

test.each<[string, CellKind]>([
  ["", "empty"],
  ["+20 100 123 0001", "international"],
  ["(+20) 100 123 0001", "international"],
  ["Mob: +20 100 123 0001", "international"],
  ["tel:+201001230001", "international"],
  ["＋２０１００１２３０００１", "international"],
  ["0100 123 0001; 0111 222 0017", "digits"],
  ["0100 123 0001 ext. 12", "digits"],
  ["201001230016.0", "digits"],
  ["2.01E+11", "digits"],
  ["01.23.45.67.89", "digits"],
  ["٠١٠٠ ١٢٣ ٠٠٠١", "digits"],
  ["01310-100", "postal"],
  ["12345-6789", "postal"],
  ["2024-05-01", "date"],
  ["2024-05-01T12:00:00Z", "date"],
  ["1/5/2024 12:00", "date"],
  ["01.05.2024", "date"],
  ["1", "truth"],
  ["Evet", "truth"],
  ["a@example.org", "mail"],
  ["4012", "other"],
  ["+52.520008", "other"],
  ["4111 1111 1111 1111", "other"],
  ["d41d8cd98f00b204e9800998ecf8427e", "other"],
  ["0f0e0d0c-1111-4111-8111-0a0b0c0d0e0f", "other"],
  ["https://example.org/20100123000", "other"],
  ["Ada Lake", "other"],
  ["0".repeat(300), "other"],
])("%j looks like %s", (cell, kind) => {
  expect(cellKind(cell)).toBe(kind);
});
