import type { Foreground } from "./friend-finder.ts";

/** What is used of React Native's `AppState`. */
export interface AppStateLike {
  readonly currentState: string | null;
  addEventListener(type: "change", listener: (state: string) => void): { remove(): void };
}

/**
 * Whether a React Native app is in front: `active`. On iOS it is `inactive` for the moment of a
 * call or of the app switcher, which counts as being away.
 *
 * @example
 * import { AppState } from "react-native";
 * createFriendFinder({ …, foreground: fromAppState(AppState) });
 */
export function fromAppState(appState: AppStateLike): Foreground {
  return {
    // Null while the app starts, which it does in front unless the system woke it.
    isActive: () => appState.currentState === "active" || appState.currentState === null,
    onChange(listener) {
      const subscription = appState.addEventListener("change", () => listener());
      return () => subscription.remove();
    },
  };
}

interface PageLike {
  readonly visibilityState?: string;
  addEventListener(type: "visibilitychange", listener: () => void): void;
  removeEventListener(type: "visibilitychange", listener: () => void): void;
}

/** What `document` says; where there is none, always in front. */
export function pageForeground(): Foreground {
  const { document } = globalThis as { document?: PageLike };
  if (document?.visibilityState === undefined) {
    return { isActive: () => true, onChange: () => () => undefined };
  }
  return {
    isActive: () => document.visibilityState === "visible",
    onChange(listener) {
      document.addEventListener("visibilitychange", listener);
      return () => document.removeEventListener("visibilitychange", listener);
    },
  };
}
