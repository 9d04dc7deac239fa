import { isIP } from "node:net";
import { isPublicAddress } from "./public-address.ts";
import { parseSecret } from "./signature.ts";

/** Where messages are delivered to, and how they are signed. */
export interface Webhook {
  /** It may hold a password. */
  readonly url: URL;
  /** Each signs every message. */
  readonly secrets: readonly Buffer[];
  /** Whether the receiver may be inside the operator's network, and spoken to without TLS. */
  readonly allowsPrivate: boolean;
}

/**
 * Reads the webhook of the environment: undefined where none is set. Faults say what is wrong with
 * which variable, without its value.
 *
 * @param text a variable's value, undefined where it is not set
 */
export function readWebhook(text: (name: string) => string | undefined): {
  readonly webhook: Webhook | undefined;
  readonly faults: readonly string[];
} {
  const address = text("CONTACT_SYNC_WEBHOOK_URL");
  const secretList = text("CONTACT_SYNC_WEBHOOK_SECRET");
  const allowance = text("CONTACT_SYNC_WEBHOOK_ALLOW_PRIVATE") ?? "false";
  const faults: string[] = [];
  if (allowance !== "true" && allowance !== "false") {
    faults.push("CONTACT_SYNC_WEBHOOK_ALLOW_PRIVATE must be true or false");
  }
  if (address === undefined && secretList !== undefined) {
    faults.push("CONTACT_SYNC_WEBHOOK_SECRET needs CONTACT_SYNC_WEBHOOK_URL beside it");
  }
  if (address === undefined) return { webhook: undefined, faults };

  const allowsPrivate = allowance === "true";
  faults.push(...faultsOfAddress(address, allowsPrivate));
  const secrets = (secretList ?? "").split(",").map((part) => parseSecret(part.trim()));
  if (secretList === undefined) {
    faults.push(
      "CONTACT_SYNC_WEBHOOK_SECRET must be set with CONTACT_SYNC_WEBHOOK_URL: whsec_ and 24 to 64 random bytes in base64",
    );
  } else if (secrets.some((secret) => secret === undefined)) {
    faults.push(
      "CONTACT_SYNC_WEBHOOK_SECRET: each must be whsec_ and 24 to 64 random bytes in base64; several are separated by commas",
    );
  }
  if (faults.length > 0) return { webhook: undefined, faults };
  return {
    webhook: { url: new URL(address), secrets: secrets as Buffer[], allowsPrivate },
    faults,
  };
}

function faultsOfAddress(address: string, allowsPrivate: boolean): string[] {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    return ["CONTACT_SYNC_WEBHOOK_URL must be an https address"];
  }
  if (allowsPrivate) return [];
  const inside = "only with CONTACT_SYNC_WEBHOOK_ALLOW_PRIVATE=true";
  const host = hostOf(url);
  if (url.protocol === "http:") return [`CONTACT_SYNC_WEBHOOK_URL may be http ${inside}`];
  if (isIP(host) !== 0 && !isPublicAddress(host)) {
    return [`CONTACT_SYNC_WEBHOOK_URL may be an address inside your network ${inside}`];
  }
  return [];
}

/** A URL's host, an IPv6 address without its brackets. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, "$1");
}
