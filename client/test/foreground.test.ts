import { afterEach, describe, expect, test, vi } from "vitest";
import { fromAppState, pageForeground } from "../src/sync/foreground.ts";

describe("whether the app is in front", () => {
  test("is what AppState of React Native says", () => {
    const listeners = new Set<(state: string) => void>();
    const appState = {
      currentState: "active" as string | null,
      addEventListener(type: "change", listener: (state: string) => void) {
        expect(type).toBe("change");
        listeners.add(listener);
        return { remove: () => listeners.delete(listener) };
      },
    };
    const foreground = fromAppState(appState);
    const told = vi.fn();
    const stop = foreground.onChange(told);
    for (const [state, isActive] of [
      ["active", true],
      ["background", false],
      ["inactive", false],
      ["unknown", false],
      [null, true],
    ] as const) {
      appState.currentState = state;
      for (const listener of listeners) listener(state ?? "unknown");
      expect(foreground.isActive()).toBe(isActive);
    }
    expect(told).toHaveBeenCalledTimes(5);
    stop();
    expect(listeners.size).toBe(0);
  });

  describe("in a browser", () => {
    afterEach(() => vi.unstubAllGlobals());

    test("is what the page says", () => {
      const page = Object.assign(new EventTarget(), { visibilityState: "visible" });
      vi.stubGlobal("document", page);
      const foreground = pageForeground();
      const told = vi.fn();
      const stop = foreground.onChange(told);
      expect(foreground.isActive()).toBe(true);
      page.visibilityState = "hidden";
      page.dispatchEvent(new Event("visibilitychange"));
      expect(foreground.isActive()).toBe(false);
      stop();
      page.dispatchEvent(new Event("visibilitychange"));
      expect(told).toHaveBeenCalledTimes(1);
    });

    test("is always so where there is none", () => {
      const foreground = pageForeground();
      expect(foreground.isActive()).toBe(true);
      foreground.onChange(() => undefined)();
    });
  });
});
