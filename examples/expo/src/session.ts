// Stands for the app's own sign-in: it gives the address of the service and the user's token.
// docs/http.md says which tokens the service takes; `contact-sync token` makes one for a trial.
import { ContactSyncError } from "@contact-sync/client";

export const SERVICE_URL = process.env["EXPO_PUBLIC_CONTACT_SYNC_URL"] ?? "http://10.0.2.2:3000";

export const APP_URL = "https://example.com/get";

/** @param refresh the last token was refused: ask the auth system for another, as it does anyway */
export async function getToken(options: { readonly refresh: boolean }): Promise<string> {
  const token = process.env["EXPO_PUBLIC_CONTACT_SYNC_TOKEN"];
  // A code that the screen knows: it says to sign in again.
  if (token === undefined || options.refresh) {
    throw new ContactSyncError("UNAUTHENTICATED", "there is no other token");
  }
  return token;
}
