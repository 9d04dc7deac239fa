import type { Failure } from "../service/failure.ts";
import { askAgain } from "../service/live.ts";
import { Icon } from "./icon.tsx";
import { seconds } from "./words.ts";

/** What is wrong, and what to do. */
export function FailureNote({ failure, retry = true }: { failure: Failure; retry?: boolean }) {
  const { title, detail, cure, code, reason, requestId, retryAfterSeconds } = failure;
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
      <p>{cure}</p>
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

/** Details of problems begin in lower case and have no full stop. */
const sentence = (text: string) =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
