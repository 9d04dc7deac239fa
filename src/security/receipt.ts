import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { ContactSyncError, type ReceiptKey, type ReceiptKeys } from "@contact-sync/client";
import {
  calculateJwkThumbprint,
  createLocalJWKSet,
  errors,
  type JSONWebKeySet,
  jwtVerify,
  SignJWT,
} from "jose";
import { deriveKey } from "./key.ts";

/** What was removed of somebody who was erased. */
export interface RemovedCounts {
  readonly contacts_deleted: number;
  readonly phones_unlinked: number;
  readonly given_links_removed: number;
  readonly runs_folded: number;
  /** Numbers of which rows of others still named the user; nobody was shown it. Absent: none. */
  readonly links_pending?: number;
}

/** What a receipt says. */
export interface ErasureReceipt {
  /** Who was erased. */
  readonly user_id: string;
  /** When, in ISO 8601, by the database's clock. */
  readonly erased_at: string;
  /** The id of the key that has signed it: of which installation it is. */
  readonly installation: string;
  readonly removed: RemovedCounts;
}

/** Signs receipts, and says with which key they are verified. */
export interface Receipts {
  /** A compact JWS; null where there is no key to sign with. */
  sign(userId: string, erasedAt: Date, removed: RemovedCounts): Promise<string | null>;
  /** The public keys, as a JWK Set. */
  readonly keys: ReceiptKeys;
}

const ALGORITHM = "EdDSA";
const ISSUER = "contact-sync";
// Of its own, so that nobody takes a receipt for a token that lets somebody in.
const TYPE = "contact-sync-erasure+jwt";
// RFC 8410: what stands before the 32 bytes of an Ed25519 key in PKCS #8.
const PKCS8_ED25519 = Buffer.from("302e020100300506032b657004220420", "hex");

/** Where nothing is secret, anybody could sign. */
export const UNSIGNED: Receipts = { sign: async () => null, keys: { keys: [] } };

/**
 * @param previousKey of which receipts were signed before; it verifies, and signs no more
 */
export async function createReceipts(key: Buffer, previousKey?: Buffer): Promise<Receipts> {
  const privateKey = privateKeyOf(key);
  const publicKey = await publicKeyOf(privateKey);
  const keys = [publicKey];
  if (previousKey !== undefined) keys.push(await publicKeyOf(privateKeyOf(previousKey)));
  return {
    keys: { keys },
    sign: (userId, erasedAt, removed) =>
      new SignJWT({ erased_at: erasedAt.toISOString(), installation: publicKey.kid, removed })
        .setProtectedHeader({ alg: ALGORITHM, kid: publicKey.kid, typ: TYPE })
        .setIssuer(ISSUER)
        .setSubject(userId)
        .setIssuedAt(erasedAt)
        .sign(privateKey),
  };
}

/**
 * Verifies a receipt of an erasure and returns what it says.
 *
 * @param receipt the compact JWS, `receipt` of an erasure
 * @param keys the JWK Set of the installation, as `receiptKeys` and
 *   `GET /.well-known/contact-sync-receipts` give it
 * @throws ContactSyncError `INVALID_RECEIPT`
 * @example
 * const { user_id, erased_at } = await verifyReceipt(receipt, await contactsWithAccounts.receiptKeys());
 */
export async function verifyReceipt(receipt: string, keys: ReceiptKeys): Promise<ErasureReceipt> {
  try {
    const set = createLocalJWKSet(keys as JSONWebKeySet);
    const { payload } = await jwtVerify(String(receipt).trim(), set, {
      algorithms: [ALGORITHM],
      issuer: ISSUER,
      typ: TYPE,
      requiredClaims: ["sub", "iat", "erased_at", "installation", "removed"],
    });
    const { sub, erased_at, installation, removed } = payload;
    return { user_id: sub, erased_at, installation, removed } as ErasureReceipt;
  } catch (error) {
    throw new ContactSyncError("INVALID_RECEIPT", faultOf(error));
  }
}

function faultOf(error: unknown): string {
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return "its signature is not that of the key: it was changed, or made up";
  }
  if (error instanceof errors.JWKSNoMatchingKey) {
    return "it was signed with a key that is not among those given: it is another installation's, or this one's from before its key was changed";
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    return "it is signed, but no receipt of an erasure";
  }
  if (error instanceof errors.JWKSInvalid) return "the keys are no JWK Set";
  return "it can't be read as a compact JWS";
}

function privateKeyOf(key: Buffer): KeyObject {
  const der = Buffer.concat([PKCS8_ED25519, deriveKey(key, "receipt")]);
  return createPrivateKey({ key: der, format: "der", type: "pkcs8" });
}

/** Named by its thumbprint (RFC 7638), which says nothing that the key itself does not. */
async function publicKeyOf(privateKey: KeyObject): Promise<ReceiptKey> {
  const { x = "" } = createPublicKey(privateKey).export({ format: "jwk" });
  const jwk = { kty: "OKP", crv: "Ed25519", x } as const;
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: ALGORITHM, use: "sig" };
}
