import type { DoctorFindings } from "@contact-sync/client";
import { Icon, type Shape } from "../parts/icon.tsx";
import { Panel, WhenKnown } from "../parts/panel.tsx";
import { clock, counted } from "../parts/words.ts";
import { useLive } from "../service/live.ts";

type Severity = DoctorFindings["findings"][number]["severity"];

const LOOKS: Record<Severity, { shape: Shape; word: string }> = {
  error: { shape: "bad", word: "Error" },
  warning: { shape: "attention", word: "Warning" },
  note: { shape: "unknown", word: "Note" },
};

export function Health() {
  // It reads the whole catalog: not every few seconds.
  const doctor = useLive<DoctorFindings>("admin/doctor", { once: true });
  return (
    <Panel
      title="What contact-sync doctor finds"
      note="Of the database: rights, functions, indexes, settings. It is looked at when this page is opened, and when you say so."
      tools={
        <button type="button" disabled={doctor.isAsking} onClick={() => void doctor.askAgain()}>
          {doctor.isAsking ? "Looking …" : "Look again"}
        </button>
      }
    >
      <WhenKnown known={doctor} what="what the doctor finds">
        {({ findings }) => (
          <>
            <p role="status" class="quiet">
              {doctor.at !== undefined && `Looked at ${clock(doctor.at)}: `}
              {findings.length === 0
                ? "nothing is wrong."
                : `${counted(findings.length, "finding")}.`}
            </p>
            {findings.length === 0 ? <Healthy /> : <Findings findings={findings} />}
          </>
        )}
      </WhenKnown>
    </Panel>
  );
}

const Healthy = () => (
  <p class="state good">
    <Icon shape="good" />
    The installation is as it should be.
  </p>
);

const Findings = ({ findings }: DoctorFindings) => (
  <ul class="entries">
    {findings.map(({ severity, code, object, message, cure }) => (
      <li key={`${code} ${object}`}>
        <p class="entry-head">
          <span class={`state ${LOOKS[severity].shape}`}>
            <Icon shape={LOOKS[severity].shape} />
            {LOOKS[severity].word}
          </span>{" "}
          <strong>{object}</strong> <code>{code}</code>
        </p>
        <p>{message}</p>
        <p class="cure">{cure}</p>
      </li>
    ))}
  </ul>
);
