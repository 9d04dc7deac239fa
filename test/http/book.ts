import { randomUUID } from "node:crypto";
import { numbers } from "../support/use-contact-sync.ts";
import type { Answer, OpenApp, Request } from "./support.ts";

export interface Book {
  readonly userId: string;
  /** Sends a request below /api/v1 with the user's token. */
  ask(method: Request["method"], path: string, body?: unknown): Promise<Answer>;
}

/** A user who has synced so many numbers, the first ones of `numberOf`. */
export async function openBook({ request, userToken }: OpenApp, count: number): Promise<Book> {
  const userId = randomUUID();
  const token = await userToken(userId);
  const ask: Book["ask"] = (method, path, body) =>
    request({ method, url: `/api/v1${path}`, token, body });
  if (count > 0) {
    await ask("POST", "/contacts/sync", {
      phoneNumbers: numbers(count),
      deviceContactsCount: count,
    });
  }
  return { userId, ask };
}
