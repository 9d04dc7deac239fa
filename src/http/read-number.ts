import { ContactSyncError } from "@contact-sync/client";

/** The number or the hash of a directory request: one of the two. */
export function numberOf(body: { phoneNumber?: string; phoneHash?: string }): string {
  const { phoneNumber, phoneHash } = body;
  if (phoneNumber !== undefined && phoneHash === undefined) return phoneNumber;
  if (phoneHash !== undefined && phoneNumber === undefined) return phoneHash;
  throw new ContactSyncError("INVALID_REQUEST", "send either phoneNumber or phoneHash");
}
