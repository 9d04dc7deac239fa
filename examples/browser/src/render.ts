// The screen as elements. A part is made anew only where what it shows has changed, so that focus
// and reading stay where they are.
import type { Screen } from "../../expo/src/screen.ts";
import * as words from "../../expo/src/words.ts";
import { anyDirection, button, byId, element, numberText } from "./elements.ts";
import type { ContactsFile } from "./import/contacts-file.ts";

export interface Touches {
  cancel(): void;
  again(): void;
  remove(): void;
  keep(): void;
  seen(userIds: readonly string[]): void;
  invite(name: string): void;
}

/** What the page knows beside the screen. */
export interface Page {
  readonly screen: Screen;
  readonly canPick: boolean;
  readonly regionName: string | null;
  readonly file: {
    readonly name: string;
    readonly read: ContactsFile | null;
    readonly fault: string | null;
  } | null;
}

/** How many rows of a long list are shown, and how many more at a touch. */
const ROWS = 25;
const LINES_SHOWN = 20;

export function createRenderer(touches: Touches): (page: Page) => void {
  const shown = new Map<string, string>();
  const rows = { friends: ROWS, invites: ROWS };

  /** Makes the part anew if the model is another one. */
  const part = (id: string, model: unknown, make: () => readonly Node[]) => {
    const text = JSON.stringify(model);
    if (shown.get(id) === text) return;
    shown.set(id, text);
    const place = byId(id);
    const hadFocus = place.contains(document.activeElement);
    place.replaceChildren(...make());
    // What was touched is gone: whoever works by keyboard begins again at the top, not nowhere.
    if (hadFocus && !place.contains(document.activeElement)) byId("top").focus();
  };

  const list = (
    name: "friends" | "invites",
    title: string,
    items: readonly words.InviteRow[],
    action: (item: words.InviteRow) => Node | null,
    render: () => void,
  ) => {
    byId(name).hidden = items.length === 0;
    byId(`${name}-title`).textContent = title;
    const visible = items.slice(0, rows[name]);
    part(`${name}-list`, visible, () => visible.map((item) => row(item, action(item))));
    const more = byId<HTMLButtonElement>(`${name}-more`);
    const rest = items.length - visible.length;
    more.hidden = rest <= 0;
    more.textContent =
      rest <= ROWS * 4 ? `Show the other ${rest}` : `Show ${ROWS * 4} of ${rest} more`;
    more.onclick = () => {
      const firstNew = visible.length;
      rows[name] += ROWS * 4;
      render();
      const item = byId(`${name}-list`).children[firstNew] as HTMLElement | undefined;
      item?.setAttribute("tabindex", "-1");
      item?.focus();
    };
  };

  return function render(page) {
    const { screen } = page;
    const { step } = screen;
    const isFinding = step === "finding";
    byId("refresh").hidden = step !== "showing" && screen.friends.length === 0;
    byId<HTMLButtonElement>("refresh").disabled = isFinding;
    byId("forget").hidden = step === "starting" || step === "forgotten" || isFinding;
    renderChoice(page, part);
    renderProgress(screen, touches);
    const news = words.newsOf(screen);
    part("news", news, () => news.map((told) => newsCard(told, touches)));
    const notices = step === "starting" ? [] : words.noticesOf(screen, new Date());
    part("notices", notices, () => notices.map((notice) => noticeCard(notice, touches)));
    part("imported", page.file, () => (page.file === null ? [] : [fileCard(page.file)]));
    const unnamed = screen.cards.length === 0 ? null : words.unnamedText(screen);
    byId("unnamed").textContent = unnamed ?? "";
    byId("unnamed").hidden = unnamed === null;
    const friends = words
      .friendRows(screen)
      .map(({ userId, name, numbers }) => ({ id: userId, name, number: numbers.join(", ") }));
    list(
      "friends",
      words.people(screen.friends.length, "friend is here", "friends are here"),
      friends,
      () => null,
      () => render(page),
    );
    const invites = step === "forgotten" ? [] : words.inviteRows(screen);
    list(
      "invites",
      words.people(invites.length, "contact is not here yet", "contacts are not here yet"),
      invites,
      ({ name }) => inviteButton(name, touches),
      () => render(page),
    );
    const rejected = words.rejectedRows(screen);
    part("rejected", rejected, () => (rejected.length === 0 ? [] : [rejectedCard(rejected)]));
  };
}

/** Says it to screen readers, once. */
export function announce(text: string): void {
  const status = byId("status");
  if (status.textContent !== text) status.textContent = text;
}

type Part = (id: string, model: unknown, make: () => readonly Node[]) => void;

function renderChoice({ screen, canPick, regionName }: Page, part: Part): void {
  const { step, cards } = screen;
  const choose = byId("choose");
  choose.hidden = step === "starting" || step === "finding";
  byId("pick").hidden = !canPick;
  // Where nothing else can be chosen, it is what one is here for.
  byId("open").classList.toggle("plain", canPick);
  const { title, points } = choiceWords(screen);
  byId("choose-title").textContent = title;
  part("choose-words", points, () =>
    points.length > 1
      ? [element("ul", { class: "points" }, ...points.map((point) => element("li", {}, point)))]
      : points.map((point) => element("p", {}, point)),
  );
  const region =
    regionName === null
      ? ""
      : ` Numbers without a country code are read as those of ${regionName}.`;
  byId("file-help").textContent =
    `A file is a vCard (.vcf), a table (.csv) or a list of numbers, as phones and webmail export it.${region}`;
  // What was found comes before how to find others.
  const follower = byId(cards.length > 0 ? "rejected" : "friends");
  const imported = byId("imported");
  if (imported.nextElementSibling !== follower) follower.before(choose, imported);
}

function choiceWords(screen: Screen): { title: string; points: readonly string[] } {
  const { step, cards } = screen;
  if (step === "forgotten") return { title: "Forgotten", points: [words.forgottenText(screen)] };
  if (cards.length > 0) return { title: "Look for others", points: [] };
  const unnamed = words.unnamedText(screen);
  if (unnamed === null) return words.EXPLANATION;
  return { title: "Welcome back", points: [unnamed] };
}

function renderProgress(screen: Screen, touches: Touches): void {
  const place = byId("progress");
  if (screen.step !== "finding") {
    place.replaceChildren();
    return;
  }
  const { text, share } = words.progressOf(screen);
  if (place.childElementCount === 0) {
    place.append(
      element(
        "section",
        { class: "card" },
        element("p", { id: "progress-words" }),
        element("progress", { id: "bar", max: "1", "aria-labelledby": "progress-words" }),
        element("div", { class: "buttons" }, button("Cancel", touches.cancel, "plain")),
      ),
    );
  }
  byId("progress-words").textContent = text;
  const bar = byId<HTMLProgressElement>("bar");
  if (share === null) bar.removeAttribute("value");
  else bar.value = share;
}

function newsCard({ text, userIds }: words.News, touches: Touches): HTMLElement {
  const seen = button("OK", () => touches.seen(userIds), "plain");
  return element(
    "section",
    { class: "card news" },
    element("div", { class: "line" }, element("h2", {}, text), seen),
  );
}

function noticeCard({ kind, title, text }: words.Notice, touches: Touches): HTMLElement {
  const isAlert = kind === "fault" || kind === "removal";
  const buttons = {
    removal: [
      button("Leave it as it is", touches.keep),
      button("Yes, remove them", touches.remove, "plain"),
    ],
    fault: [button("Try again", touches.again, "plain")],
    offline: [button("Try again", touches.again, "plain")],
    // Before that time it is in vain, and then it goes by itself with the next sync.
    waiting: [],
    interrupted: [button("Try again", touches.again, "plain")],
    // In a browser more is shared by choosing again, below.
    partial: [],
    denied: [],
  }[kind];
  return element(
    "section",
    { class: isAlert ? "card alert" : "card" },
    element("h2", {}, title),
    element("p", {}, text),
    buttons.length === 0 ? null : element("div", { class: "buttons" }, ...buttons),
  );
}

function fileCard({ name, read, fault }: NonNullable<Page["file"]>): HTMLElement {
  if (read === null) {
    return element(
      "section",
      { class: "card alert" },
      element("h2", {}, anyDirection(name), " was not read"),
      element("p", {}, fault ?? ""),
    );
  }
  const { format, cards, unread, columns, remarks } = read;
  const without = cards.filter(({ phoneNumbers }) => phoneNumbers.length === 0).length;
  const sentences = [
    `A ${format} of ${words.people(cards.length, "contact", "contacts")}${without === 0 ? "" : `, ${without} of them without a number`}.`,
    ...(columns === undefined ? [] : [`Read from the columns ${columns.join(", ")}.`]),
    ...remarks,
    ...(unread.length === 0
      ? []
      : [
          "Because lines could not be read, this counts as a part of your contacts: nothing that was stored before is taken away.",
        ]),
  ];
  return element(
    "section",
    { class: "card" },
    element("h2", {}, anyDirection(name)),
    ...sentences.map((sentence) => element("p", { class: "quiet" }, sentence)),
    unread.length === 0
      ? null
      : element(
          "details",
          {},
          element(
            "summary",
            {},
            words.people(unread.length, "line was not read", "lines were not read"),
          ),
          element(
            "dl",
            { class: "reasons" },
            ...unread
              .slice(0, LINES_SHOWN)
              .flatMap(({ line, why }) => [
                element("dt", {}, `Line ${line}`),
                element("dd", { class: "quiet" }, why),
              ]),
          ),
          unread.length > LINES_SHOWN
            ? element("p", { class: "quiet" }, `and ${unread.length - LINES_SHOWN} more`)
            : null,
        ),
  );
}

function rejectedCard(
  rejected: readonly { name: string; number: string; why: string }[],
): HTMLElement {
  return element(
    "details",
    { class: "card" },
    element(
      "summary",
      {},
      words.people(rejected.length, "number was not understood", "numbers were not understood"),
    ),
    element(
      "dl",
      { class: "reasons" },
      ...rejected.flatMap(({ name, number, why }) => [
        element("dt", {}, anyDirection(name), " ", name === number ? null : numberText(number)),
        element("dd", { class: "quiet" }, why),
      ]),
    ),
  );
}

function row({ name, number }: words.InviteRow, action: Node | null): HTMLElement {
  const initial = [...name.replace(/[^\p{L}]/gu, "")][0]?.toLocaleUpperCase() ?? "#";
  return element(
    "li",
    {},
    element("span", { class: "face", "aria-hidden": "true" }, initial),
    element(
      "span",
      { class: "who" },
      anyDirection(name),
      name === number ? null : numberText(number),
    ),
    action,
  );
}

function inviteButton(name: string, touches: Touches): HTMLElement {
  const made = button("Invite", () => touches.invite(name), "plain");
  made.setAttribute("aria-label", `Invite ${name}`);
  return made;
}
