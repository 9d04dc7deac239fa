// What a touch does: between the finder and the screen, and without React as well.
import type { ContactSource, DeviceContact, FriendFinder } from "@contact-sync/client";
import type { ScreenEvent } from "./screen.ts";

export interface ActionParts {
  readonly finder: FriendFinder;
  readonly dispatch: (event: ScreenEvent) => void;
  /** Whether the system lets contacts be read without asking for it. */
  readonly hasAccess: () => Promise<boolean>;
  /** That somebody wants friends to be found, kept over restarts; whoever forgets wants it no more. */
  readonly wish: { read(): Promise<boolean>; write(isWanted: boolean): Promise<void> };
  /** Calls back when the book may be another one. Answers how to stop. */
  readonly onReturn?: ((listener: () => void) => () => void) | undefined;
}

export interface Actions {
  /**
   * Shows what is known, and finds friends where somebody has wished it and no question is needed:
   * now, and whenever they come back. Answers how to stop.
   */
  start(source: ContactSource): () => void;
  find(source: ContactSource, options?: { readonly confirmRemoval?: boolean }): Promise<void>;
  /** As when the person pulls the list down, or a push message has come. */
  refresh(): Promise<void>;
  cancel(): void;
  forget(): Promise<void>;
}

export function createActions(parts: ActionParts): Actions {
  const { finder, dispatch, hasAccess, wish, onReturn } = parts;
  let underWay: AbortController | null = null;

  /** What fails is shown, and nothing else comes of it. */
  const told = async (work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      dispatch({ type: "failed", error });
    }
  };
  const mayFind = async () => (await wish.read()) && (await hasAccess());

  const actions: Actions = {
    start(source) {
      let isStopped = false;
      const stopListening = finder.subscribe((changes) => dispatch({ type: "changes", changes }), {
        onError: (error) => dispatch({ type: "failed", error }),
      });
      const stopWatching = onReturn?.(() =>
        told(async () => {
          if ((await mayFind()) && !isStopped) await actions.find(source);
        }),
      );
      told(async () => {
        const friends = await finder.friends();
        const isWanted = await mayFind();
        if (isStopped) return;
        dispatch({ type: "known", friends });
        if (isWanted) await actions.find(source);
        else dispatch({ type: "explain" });
      });
      return () => {
        isStopped = true;
        stopListening();
        stopWatching?.();
      };
    },

    async find(source, { confirmRemoval = false } = {}) {
      // One at a time: the second touch of an impatient finger finds what the first has begun.
      if (underWay !== null) return;
      const controller = new AbortController();
      underWay = controller;
      dispatch({ type: "find" });
      const cards: DeviceContact[] = [];
      await told(async () => {
        const outcome = await finder.sync(noting(source, cards), {
          confirmRemoval,
          signal: controller.signal,
          onProgress: (progress) => dispatch({ type: "progress", progress }),
        });
        dispatch({ type: "found", outcome, cards });
        await wish.write(true);
      });
      underWay = null;
    },

    refresh: () => told(async () => dispatch({ type: "changes", changes: await finder.refresh() })),

    cancel() {
      underWay?.abort();
    },

    async forget() {
      underWay?.abort();
      await told(async () => {
        // First: nothing may be found again by itself, whatever comes of the rest.
        await wish.write(false);
        const { onService } = await finder.forget();
        dispatch({ type: "forgotten", onService });
      });
    },
  };
  return actions;
}

/** The source, noting the cards that pass: invitations need those of whom nobody is here. */
function noting(source: ContactSource, cards: DeviceContact[]): ContactSource {
  return {
    name: source.name,
    async read(options) {
      const reading = await source.read(options);
      // It may be read more than once, as when a sync begins again.
      cards.length = 0;
      return { ...reading, pages: notingPages(reading.pages, cards) };
    },
  };
}

async function* notingPages(
  pages: AsyncIterable<readonly DeviceContact[]>,
  cards: DeviceContact[],
): AsyncGenerator<readonly DeviceContact[], void, undefined> {
  for await (const page of pages) {
    cards.push(...page);
    yield page;
  }
}
