import { hashPhoneNumbers } from "@contact-sync/client";
import { signToken } from "../../dist/security/sign-token.js";
import { addressBook, userId } from "../lib/address-books.js";

/**
 * Prepares syncs whole, token and body, so that nothing but sending them is measured.
 *
 * @param {import("./cases.js").Case} of
 * @param {{ count: number, firstOwner: number, directorySize: number, secret: string }} how
 * @returns {Promise<import("./load.js").ServiceRequest[]>} each an owner's of its own
 */
export function syncRequests({ contacts, field }, { count, firstOwner, directorySize, secret }) {
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const owner = firstOwner + index;
      const numbers = addressBook(owner, contacts, directorySize);
      const list = field === "phoneNumbers" ? numbers : hashPhoneNumbers(numbers).hashes;
      const token = await signToken(secret, {
        role: "authenticated",
        userId: userId(owner),
        expiresInSeconds: 3_600,
      });
      const body = Buffer.from(JSON.stringify({ [field]: list, deviceContactsCount: contacts }));
      return { token, body };
    }),
  );
}
