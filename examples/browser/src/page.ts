// The page: the same screen as the app of examples/expo, in a browser.
import {
  type ContactSource,
  createFriendFinder,
  fromContactPicker,
  fromContacts,
  indexedDbStorage,
  isContactPickerThere,
} from "@contact-sync/client";
import { createActions } from "../../expo/src/actions.ts";
import { FIRST, next, type Screen, type ScreenEvent } from "../../expo/src/screen.ts";
import * as words from "../../expo/src/words.ts";
import { byId } from "./elements.ts";
import { readContactsFile } from "./import/contacts-file.ts";
import { UnreadableFile } from "./import/contents.ts";
import { announce, createRenderer, type Page } from "./render.ts";

interface Settings {
  /** Of the service. */
  readonly url: string;
  /** Where national numbers are dialled. */
  readonly region: string | null;
}

const settings = await answerOf<Settings>("/settings");

let token: string | null = null;

/** The app's own back end knows who is signed in. Offline, the token that is kept will do. */
async function getToken({ refresh }: { readonly refresh: boolean }): Promise<string> {
  if (token === null || refresh) ({ token } = await answerOf<{ token: string }>("/token"));
  return token;
}

const finder = createFriendFinder({
  url: settings.url,
  getToken,
  storage: indexedDbStorage(),
  ...(settings.region === null ? {} : { region: settings.region }),
});

/** What was chosen in this run, to look again without asking again: neither picker nor file stay open. */
let chosen: ContactSource | null = null;
let page: Page = {
  screen: FIRST,
  canPick: isContactPickerThere(),
  regionName: regionName(settings.region),
  file: null,
};

const render = createRenderer({
  cancel: () => actions.cancel(),
  again: () => again(),
  remove: () => chosen !== null && actions.find(chosen, { confirmRemoval: true }),
  keep: () => dispatch({ type: "keep" }),
  seen: (userIds) => dispatch({ type: "seen", userIds }),
  invite,
});
const actions = createActions({
  finder,
  dispatch,
  // Here contacts are only read where somebody chooses them.
  hasAccess: async () => false,
  wish: { read: async () => false, write: async () => {} },
});

byId("pick").addEventListener("click", () => {
  page = { ...page, file: null };
  find(fromContactPicker());
});
byId<HTMLInputElement>("file").addEventListener("change", ({ currentTarget }) => {
  const input = currentTarget as HTMLInputElement;
  const [file] = input.files ?? [];
  if (file !== undefined) open(file);
  // The same file may be chosen again.
  input.value = "";
});
byId("refresh").addEventListener("click", again);
byId("forget").addEventListener("click", () => byId<HTMLDialogElement>("sure").showModal());
byId("sure").addEventListener("close", ({ currentTarget }) => {
  if ((currentTarget as HTMLDialogElement).returnValue !== "yes") return;
  chosen = null;
  page = { ...page, file: null };
  actions.forget();
});
actions.start({ name: "nothing", read: () => Promise.reject(new Error("nothing was chosen")) });

function dispatch(event: ScreenEvent): void {
  const before = page.screen;
  const screen = next(before, event);
  page = { ...page, screen };
  if (event.type === "found") {
    const { access } = event.outcome;
    if (event.cards.length > 0 && access !== "none") chosen = fromContacts(event.cards, { access });
  }
  render(page);
  if (event.type === "find" || event.type === "found" || event.type === "failed") keepFocus();
  say(event, before, screen);
}

/** What had the focus may be gone, such as the button that began it: it goes on at the top. */
function keepFocus(): void {
  const { activeElement } = document;
  if (activeElement === document.body || activeElement?.closest("[hidden]")) {
    byId("top").focus({ preventScroll: true });
  }
}

/** For those who do not see the page change. */
function say(event: ScreenEvent, before: Screen, screen: Screen): void {
  const [news] = words.newsOf(screen);
  // A sync tells its joiners twice: to whoever has subscribed, and with its outcome.
  const isNews =
    event.type === "found" ? event.outcome.joined.length > 0 : screen.news[0] !== before.news[0];
  if (news !== undefined && isNews) announce(news.text);
  else if (event.type === "find") announce("Looking for friends …");
  else if (event.type === "found") {
    const [notice] = words.noticesOf(screen, new Date());
    const friends = words.people(screen.friends.length, "friend is here", "friends are here");
    announce(notice === undefined ? `${friends}.` : `${friends}. ${notice.title}.`);
  } else if (event.type === "failed" && screen.fault !== null) announce("That did not work.");
  else if (event.type === "forgotten") announce(words.forgottenText(screen));
}

function find(source: ContactSource): void {
  actions.find(source);
}

function again(): void {
  if (chosen === null) actions.refresh();
  else find(chosen);
}

async function open(file: File): Promise<void> {
  try {
    const read = readContactsFile(new Uint8Array(await file.arrayBuffer()), file.name);
    page = { ...page, file: { name: file.name, read, fault: null } };
    // What was left out may be missing here and not in the book: then it is no whole book.
    find(fromContacts(read.cards, { access: read.unread.length === 0 ? "full" : "partial" }));
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    page = { ...page, file: { name: file.name, read: null, fault: error.message } };
    render(page);
    announce(error.message);
  }
}

async function invite(): Promise<void> {
  const text = words.inviteText(`${location.origin}/`);
  // The person chooses whom to send it to; the page is told nothing of it.
  if ("share" in navigator) await navigator.share({ text }).catch(() => {});
  else {
    await (navigator as Navigator).clipboard.writeText(text);
    announce("The invitation was copied.");
  }
}

function regionName(region: string | null): string | null {
  if (region === null) return null;
  return new Intl.DisplayNames(["en"], { type: "region" }).of(region) ?? region;
}

async function answerOf<Answer>(path: string): Promise<Answer> {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return (await response.json()) as Answer;
}
