// What the operator does to the service, and what came of it.
import { useSignal } from "@preact/signals";
import type { Question } from "../service/ask.ts";
import type { Failure } from "../service/failure.ts";
import { ask } from "../service/live.ts";
import { Icon } from "./icon.tsx";

export interface Deed<Data> {
  readonly isUnderWay: boolean;
  readonly failure: Failure | undefined;
  readonly data: Data | undefined;
  /** What was done, in a sentence. */
  readonly done: string | undefined;
  /**
   * True: it was done. Where the page shows what it changes, that is asked anew `before` it is told:
   * nobody reads that it is done beside a list that does not know it.
   */
  run(
    path: string,
    question: Question,
    tell: (data: Data) => string,
    before?: () => Promise<unknown>,
  ): Promise<boolean>;
  forget(): void;
}

interface State<Data> {
  readonly isUnderWay: boolean;
  readonly failure?: Failure | undefined;
  readonly data?: Data;
  readonly done?: string;
}

export function useDeed<Data>(): Deed<Data> {
  const state = useSignal<State<Data>>({ isUnderWay: false });
  const { isUnderWay, failure, data, done } = state.value;
  return {
    isUnderWay,
    failure,
    data,
    done,
    async run(path, question, tell, before) {
      if (state.peek().isUnderWay) return false;
      state.value = { isUnderWay: true };
      const answer = await ask<Data>(path, question);
      if (answer.failure !== undefined) {
        state.value = { isUnderWay: false, failure: answer.failure };
        return false;
      }
      await before?.();
      state.value = { isUnderWay: false, data: answer.data, done: tell(answer.data) };
      return true;
    },
    forget() {
      state.value = { isUnderWay: false };
    },
  };
}

export const Done = ({ deed: { done } }: { deed: Deed<never> | Deed<unknown> }) => (
  <div role="status">
    {done !== undefined && (
      <p class="done">
        <Icon shape="good" />
        {done}
      </p>
    )}
  </div>
);
