import type { Failure } from "../service/failure.ts";
import { askAgain, isPaused } from "../service/live.ts";
import { Icon } from "./icon.tsx";
import { seconds } from "./words.ts";

interface FailureNoteProps {
  readonly failure: Failure;
  /** Whether it is of what the page asks by itself, and not of what somebody has it do. */
  readonly retry?: boolean;
}

/** What is wrong, and what to do. */
export function FailureNote({ failure, retry = true }: FailureNoteProps) {
  const { kind, title, detail, cure, code, reason, requestId, retryAfterSeconds } = failure;
  return (
    <div class="failure">
      <p class="failure-title">
        <Icon shape="attention" /> <strong>{title}</strong>{" "}
        {code !== undefined && <code>{code}</code>}
      </p>
      {detail !== title && <p>{sentence(detail)}</p>}
      {reason !== undefined && (
        <p>
          Reason: <code>{reason}</code>
        </p>
      )}
      <p>
        {cure}
        {kind === "unreachable" && (retry ? !isPaused.value && AGAIN : " Then try again.")}
      </p>
      {retryAfterSeconds !== undefined && (
        <p class="quiet">The service asks to wait for {seconds(retryAfterSeconds)}.</p>
      )}
      {requestId !== undefined && (
        <p class="quiet">
          In the service's log: <code>{requestId}</code>
        </p>
      )}
      {retry && (
        <button type="button" onClick={askAgain}>
          Try again
        </button>
      )}
    </div>
  );
}

const AGAIN = " The page tries again by itself.";

/** Details of problems begin in lower case and have no full stop. */
const sentence = (text: string) =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
