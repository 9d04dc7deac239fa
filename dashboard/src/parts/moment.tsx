import { signal } from "@preact/signals";
import { ago, moment, NONE } from "./words.ts";

const EVERY_MS = 5_000;

/** The time, as far as "3 min ago" needs it. */
export const now = signal(Date.now());
setInterval(() => {
  if (!document.hidden) now.value = Date.now();
}, EVERY_MS);

/** A time of the service's, and how long ago that is. */
export function Moment({ at, plain = false }: { at: string; plain?: boolean }) {
  const time = Date.parse(at);
  return (
    <time dateTime={at} title={moment(at)}>
      {plain ? moment(at) : ago(time, Math.max(now.value, time > now.value ? now.value : time))}
    </time>
  );
}

export const MomentOrNone = ({ at }: { at: string | null }) =>
  at === null ? <span>{NONE}</span> : <Moment at={at} />;
