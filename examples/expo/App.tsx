import type { FriendFinder } from "@contact-sync/client";
import { StatusBar } from "expo-status-bar";
import { useEffect, useState } from "react";
import { SafeAreaProvider } from "react-native-safe-area-context";
import { createFinder } from "./src/finder.ts";
import { FriendsScreen } from "./src/friends-screen.tsx";
import { Words } from "./src/parts.tsx";

export function App() {
  const [finder, setFinder] = useState<FriendFinder | null>(null);
  const [isBroken, setIsBroken] = useState(false);
  useEffect(() => {
    createFinder().then(setFinder, () => setIsBroken(true));
  }, []);
  return (
    <SafeAreaProvider>
      <StatusBar style="auto" />
      {isBroken && <Words>The phone's secure store could not be opened. Restart the app.</Words>}
      {finder !== null && <FriendsScreen finder={finder} />}
    </SafeAreaProvider>
  );
}
