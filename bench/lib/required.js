/**
 * What has to be there; stops the run where it is not.
 *
 * @template Value
 * @param {Value | null | undefined} value
 * @param {string} what for the message
 * @returns {Value}
 */
export function required(value, what) {
  if (value === undefined || value === null) throw new Error(`there is no ${what}`);
  return value;
}
