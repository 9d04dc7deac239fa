import { Button, Buttons, Card, Title, Words } from "./parts.tsx";
import type { Notice } from "./words.ts";

export interface NoticeActions {
  readonly again: () => void;
  readonly remove: () => void;
  readonly keep: () => void;
  readonly shareMore: () => void;
}

const AGAIN: ReadonlySet<Notice["kind"]> = new Set(["offline", "fault", "interrupted"]);

export function NoticeCard({ notice, actions }: { notice: Notice; actions: NoticeActions }) {
  const { kind, title, text } = notice;
  return (
    <Card tone={kind === "fault" || kind === "removal" ? "alert" : "card"}>
      <Title>{title}</Title>
      <Words>{text}</Words>
      <Buttons>
        {kind === "removal" && <Button label="Yes, remove them" onPress={actions.remove} plain />}
        {kind === "removal" && <Button label="Leave it as it is" onPress={actions.keep} />}
        {kind === "partial" && <Button label="Share more" onPress={actions.shareMore} plain />}
        {kind === "denied" && <Button label="Share contacts" onPress={actions.shareMore} />}
        {AGAIN.has(kind) && <Button label="Try again" onPress={actions.again} plain />}
      </Buttons>
    </Card>
  );
}
