// The one object: made once, when the app starts.
import {
  assertRegion,
  createFriendFinder,
  type FriendFinder,
  fromAppState,
} from "@contact-sync/client";
import { encryptedStorage } from "@contact-sync/client/encryption";
import AsyncStorage from "@react-native-async-storage/async-storage";
import { getRandomBytes } from "expo-crypto";
import { getLocales } from "expo-localization";
import * as SecureStore from "expo-secure-store";
import { AppState } from "react-native";
import { getToken, SERVICE_URL } from "./session.ts";

export async function createFinder(): Promise<FriendFinder> {
  return createFriendFinder({
    url: SERVICE_URL,
    getToken,
    storage: encryptedStorage(AsyncStorage, {
      key: await storageKey(),
      // Hermes has no random bytes of its own.
      randomBytes: getRandomBytes,
    }),
    region: region(),
    foreground: fromAppState(AppState),
  });
}

/**
 * The region of the settings, not of the SIM card. If the app knows the user's own number, the
 * region of that is the better one. What has no numbers of its own, such as `419` (Latin America),
 * is none: then numbers without a country code are refused.
 */
function region(): string | undefined {
  try {
    return assertRegion(getLocales()[0]?.regionCode);
  } catch {
    return undefined;
  }
}

const KEY_NAME = "contact-sync-key";

/**
 * The key stays on this phone: on one that was set up from a backup, what is stored can't be read,
 * and the first sync is a full one, as of the other phone that it is.
 */
async function storageKey(): Promise<string> {
  const options = { keychainAccessible: SecureStore.AFTER_FIRST_UNLOCK_THIS_DEVICE_ONLY };
  const kept = await SecureStore.getItemAsync(KEY_NAME, options);
  if (kept !== null) return kept;
  const key = Array.from(getRandomBytes(32), (byte) => byte.toString(16).padStart(2, "0")).join("");
  await SecureStore.setItemAsync(KEY_NAME, key, options);
  return key;
}
