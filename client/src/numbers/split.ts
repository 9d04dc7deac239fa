/**
 * The numbers that one value of an address book holds, each as it is written there: mostly one, but
 * some programs write several into a field. What holds none, or one, is given back as it is.
 */
export function splitPhoneNumbers(value: string): string[] {
  return [value];
}
