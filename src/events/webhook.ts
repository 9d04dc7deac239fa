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

/** What those who set a webhook call its parts. */
export interface WebhookNames {
  readonly url: string;
  readonly secret: string;
  readonly allowPrivate: string;
}

const VARIABLES: WebhookNames = {
  url: "CONTACT_SYNC_WEBHOOK_URL",
  secret: "CONTACT_SYNC_WEBHOOK_SECRET",
  allowPrivate: "CONTACT_SYNC_WEBHOOK_ALLOW_PRIVATE",
};

/**
 * Reads the webhook of the environment, or of what else has names: undefined where none is set.
 * Faults say what is wrong with which of them, without its value.
 *
 * @param text what is set by a name, undefined where nothing is
 */
export function readWebhook(
  text: (name: string) => string | undefined,
  names: WebhookNames = VARIABLES,
): {
  readonly webhook: Webhook | undefined;
  readonly faults: readonly string[];
} {
  const address = text(names.url);
  const secretList = text(names.secret);
  const allowance = text(names.allowPrivate) ?? "false";
  const faults: string[] = [];
  if (allowance !== "true" && allowance !== "false") {
    faults.push(`${names.allowPrivate} must be true or false`);
  }
  if (address === undefined && secretList !== undefined) {
    faults.push(`${names.secret} needs ${names.url} beside it`);
  }
  if (address === undefined) return { webhook: undefined, faults };

  const allowsPrivate = allowance === "true";
  faults.push(...faultsOfAddress(address, allowsPrivate, names));
  const secrets = (secretList ?? "").split(",").map((part) => parseSecret(part.trim()));
  if (secretList === undefined) {
    faults.push(
      `${names.secret} must be set with ${names.url}: whsec_ and 24 to 64 random bytes in base64`,
    );
  } else if (secrets.some((secret) => secret === undefined)) {
    faults.push(
      `${names.secret}: each must be whsec_ and 24 to 64 random bytes in base64; several are separated by commas`,
    );
  }
  if (faults.length > 0) return { webhook: undefined, faults };
  return {
    webhook: { url: new URL(address), secrets: secrets as Buffer[], allowsPrivate },
    faults,
  };
}

function faultsOfAddress(
  address: string,
  allowsPrivate: boolean,
  { url: name, allowPrivate }: WebhookNames,
): string[] {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    return [`${name} must be an https address`];
  }
  if (allowsPrivate) return [];
  const inside = `only with ${allowPrivate}=true`;
  const host = hostOf(url);
  if (url.protocol === "http:") return [`${name} may be http ${inside}`];
  if (isIP(host) !== 0 && !isPublicAddress(host)) {
    return [`${name} may be an address inside your network ${inside}`];
  }
  return [];
}

/** A URL's host, an IPv6 address without its brackets. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, "$1");
}
