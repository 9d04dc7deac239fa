import { SYNC_COLUMNS } from "../../dist/contacts/sync-result.js";
import { binaryArgument, claimsOf, hexOf } from "./variant.js";

const UUID_LENGTH = 36;

/**
 * Changes of how arguments and answers travel. The client's part is inside of the time: it makes the
 * argument from hex values, and has the linked contacts' users as an array in the end.
 *
 * @typedef {object} Wire
 * @property {(hexValues: readonly string[]) => unknown} argument
 * @property {string} functionName
 * @property {string} columns
 * @property {(row: any) => string[]} users
 *
 * @type {Wire}
 */
const BINARY = {
  argument: binaryArgument,
  functionName: "sync_phone_keys",
  columns: SYNC_COLUMNS,
  users: ({ matched_user_ids: text }) =>
    Array.from({ length: text.length / UUID_LENGTH }, (_, place) =>
      text.slice(place * UUID_LENGTH, (place + 1) * UUID_LENGTH),
    ),
};

const textArgument = (hexValues) => `{${hexValues.join(",")}}`;

/** What the library does. @param {import("./variant.js").Environment} environment */
export const asLibrary = (environment) => syncOver(environment, BINARY);

/** @type {readonly import("./function-variants.js").FunctionVariant[]} */
export const WIRE_VARIANTS = [
  {
    id: "text-argument",
    title: "argument as text",
    change: "The phone keys are sent as the text of a uuid[], and not in the binary format.",
    open: async (environment) =>
      syncOver(environment, {
        ...BINARY,
        argument: textArgument,
      }),
  },
  {
    id: "text-hashes",
    title: "sync_user_contacts, text[]",
    change:
      "The phone hashes are sent to sync_user_contacts() as text[], which the database parses and checks.",
    open: async (environment) =>
      syncOver(environment, {
        ...BINARY,
        argument: textArgument,
        functionName: "sync_user_contacts",
      }),
  },
  {
    id: "array-answer",
    title: "answer's arrays as arrays",
    change: "The two arrays of the answer are selected as they are, and the driver parses them.",
    open: async (environment) =>
      syncOver(environment, {
        ...BINARY,
        columns: "*",
        users: ({ matched_user_ids: users }) => users,
      }),
  },
];

/** @param {Wire} wire */
function syncOver({ pool, schema }, { argument, functionName, columns, users }) {
  const text = `select ${columns} from ${schema}.${functionName}($1, $2, $3)`;
  return {
    prepare({ ownerId, phoneKeys, userIds }) {
      const hexValues = hexOf(phoneKeys);
      const expected = userIds.filter((userId) => userId !== null).sort();
      let given;
      return {
        async run() {
          const { rows } = await pool.query(text, [ownerId, argument(hexValues), hexValues.length]);
          given = users(rows[0]);
          return claimsOf(rows[0]);
        },
        async end() {
          if (given.toSorted().join() !== expected.join())
            throw new Error("wrong users in the answer");
        },
      };
    },
  };
}
