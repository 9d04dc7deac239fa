// Where on the page one is, as `#/users/…`: the server is told nothing of it.
import { signal } from "@preact/signals";

export const PAGES = {
  overview: "Overview",
  users: "Users",
  suspects: "Suspects",
  webhooks: "Webhooks",
  health: "Health",
  settings: "Settings",
} as const;

export type PageName = keyof typeof PAGES;

export interface Place {
  readonly page: PageName | undefined;
  /** Of a user. */
  readonly userId: string | undefined;
}

export const place = signal<Place>(placeOf(location.hash));

export function followAddress(): void {
  place.value = placeOf(location.hash);
}

export const addressOf = (page: PageName) => (page === "overview" ? "#/" : `#/${page}`);
export const addressOfUser = (userId: string) => `#/users/${encodeURIComponent(userId)}`;

function placeOf(hash: string): Place {
  const [, name = "", rest] = /^#\/?([^/]*)(?:\/(.+))?$/.exec(hash) ?? [];
  if (name === "") return { page: "overview", userId: undefined };
  if (name === "users" && rest !== undefined) return { page: "users", userId: decoded(rest) };
  const isPage = Object.hasOwn(PAGES, name) && rest === undefined;
  return { page: isPage ? (name as PageName) : undefined, userId: undefined };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
