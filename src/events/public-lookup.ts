import { type LookupAddress, lookup as systemLookup } from "node:dns";
import type { LookupFunction } from "node:net";
import { isPublicAddress } from "./public-address.ts";

/** Asks for all addresses of a name, as `dns.lookup` does. */
export type Resolve = (
  hostname: string,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** What a name is refused by that leads to an address inside. */
export const REFUSED_ADDRESS = "REFUSED_ADDRESS";

const resolveBySystem: Resolve = (hostname, callback) =>
  systemLookup(hostname, { all: true, verbatim: true }, callback);

/**
 * A `lookup` for a connection, which is then made to one of the very addresses that were looked at:
 * a name that answers otherwise the next time gains nothing. One address inside is enough to refuse
 * the name.
 */
export function publicLookup(resolve: Resolve = resolveBySystem): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error !== null) return callback(error, "", 0);
      if (first === undefined || !addresses.every(({ address }) => isPublicAddress(address))) {
        return callback(refusedAddress(), "", 0);
      }
      if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

/** Names no address: whoever chose the name would learn from it. */
export function refusedAddress(): NodeJS.ErrnoException {
  return Object.assign(new Error("an address inside the network"), { code: REFUSED_ADDRESS });
}
