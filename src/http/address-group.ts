import { isIP } from "node:net";
import { normalizeIP } from "@fastify/rate-limit";

// What a provider gives one customer (RFC 6177): whoever has it has all of its addresses.
const IPV6_NETWORK = 64;

/**
 * Whom an address is counted as, in one notation: an IPv4 address as itself, also where it came as
 * `::ffff:…` or, from some proxies, with a port; an IPv6 address as its network, without its zone.
 */
export function addressGroup(address: string): string {
  const plain = withoutPort(address.trim()).replace(/%.*$/, "");
  return isIP(plain) === 0 ? plain : normalizeIP(plain, IPV6_NETWORK);
}

function withoutPort(address: string): string {
  const bracketed = /^\[([^\]]*)\](:\d+)?$/.exec(address)?.[1];
  return bracketed ?? /^(\d+(?:\.\d+){3}):\d+$/.exec(address)?.[1] ?? address;
}
