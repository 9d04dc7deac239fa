// The phone's address book, as far as the screen needs more than `fromExpoContacts` does.

import { fromExpoContacts } from "@contact-sync/client";
import AsyncStorage from "@react-native-async-storage/async-storage";
import * as Contacts from "expo-contacts";
import { AppState, Linking, Platform } from "react-native";

/** Asks for permission where the system has not answered yet, and reads page by page. */
export const phoneBook = fromExpoContacts(Contacts);

/** Whether contacts may be read without a question. */
export async function hasAccess(): Promise<boolean> {
  return (await Contacts.getPermissionsAsync()).granted;
}

const WISH = "find-friends";

/** A permission outlives what it was given for: what somebody wants is kept by the app itself. */
export const wish = {
  read: async () => (await AsyncStorage.getItem(WISH)) === "yes",
  write: (isWanted: boolean) => AsyncStorage.setItem(WISH, isWanted ? "yes" : "no"),
};

/** The address book tells of a change several times, and some seconds late. */
const SETTLED_MS = 5000;

/** Calls back when the app comes to the foreground, as from the settings, and behind a change. */
export function onReturn(listener: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const state = AppState.addEventListener("change", (next) => {
    if (next === "active") listener();
  });
  const book = Contacts.addContactsChangeListener(() => {
    clearTimeout(timer);
    timer = setTimeout(listener, SETTLED_MS);
  });
  return () => {
    clearTimeout(timer);
    state.remove();
    book.remove();
  };
}

/**
 * Lets the person share more contacts: iOS 18 has a picker for it; elsewhere it is in the settings,
 * behind which the person comes back.
 */
export async function shareMore(again: () => void): Promise<void> {
  if (Platform.OS === "ios" && Number.parseInt(String(Platform.Version), 10) >= 18) {
    await Contacts.Contact.presentAccessPicker();
    again();
  } else {
    await Linking.openSettings();
  }
}
