import { type FriendFinder, isContactSyncError } from "@contact-sync/client";
import { StatusBar } from "expo-status-bar";
import { useEffect, useState } from "react";
import { SafeAreaProvider } from "react-native-safe-area-context";
import { createFinder } from "./src/finder.ts";
import { FriendsScreen } from "./src/friends-screen.tsx";
import { Words } from "./src/parts.tsx";

export function App() {
  const [finder, setFinder] = useState<FriendFinder | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  useEffect(() => {
    createFinder().then(setFinder, (error: unknown) => setFault(faultText(error)));
  }, []);
  return (
    <SafeAreaProvider>
      <StatusBar style="auto" />
      {fault !== null && <Words>{fault}</Words>}
      {finder !== null && <FriendsScreen finder={finder} />}
    </SafeAreaProvider>
  );
}

/** What the client says is about its options: the app was built with a wrong address, say. */
function faultText(error: unknown): string {
  return isContactSyncError(error)
    ? error.message
    : "The phone's secure store could not be opened. Restart the app.";
}
