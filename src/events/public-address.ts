import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

// IPv6 that the registries give out; what lies beside it is for local use, or for nobody.
const GIVEN_OUT = ipaddr.IPv6.parseCIDR("2000::/3");
// NAT64's own prefix (RFC 6052): its last 32 bits are the IPv4 address that is reached.
const NAT64 = ipaddr.IPv6.parseCIDR("64:ff9b::/96");
// A public address by its number, behind which Azure's machines find their host's services.
const PLATFORM = "168.63.129.16";

/**
 * Whether an IP address is one of the public internet: not of this machine, its network or its
 * platform, in whatever form such a one is written (mapped or translated IPv4 in an IPv6 address).
 * Tunnels that carry an IPv4 address of their own (6to4, Teredo) are none.
 */
export function isPublicAddress(address: string): boolean {
  const [bare = ""] = address.split("%"); // without the zone of a link-local one
  if (isIP(bare) === 0) return false; // ipaddr.js also reads what is short for one
  const parsed = ipaddr.parse(bare);
  if (parsed instanceof ipaddr.IPv4) return isPublicIpv4(parsed);
  const six = parsed as ipaddr.IPv6;
  if (six.isIPv4MappedAddress()) return isPublicIpv4(six.toIPv4Address());
  if (six.match(NAT64)) return isPublicIpv4(new ipaddr.IPv4(six.toByteArray().slice(12)));
  return six.range() === "unicast" && six.match(GIVEN_OUT);
}

function isPublicIpv4(address: ipaddr.IPv4): boolean {
  return address.range() === "unicast" && address.toString() !== PLATFORM;
}
