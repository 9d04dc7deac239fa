import { ContactSyncError } from "../protocol/errors.ts";
import type { FriendFinderOptions } from "./friend-finder.ts";

type BearerOptions = Pick<FriendFinderOptions, "getToken" | "userId">;

/** The bearer token of one call, and whose it is. */
export class Bearer {
  readonly #options: BearerOptions;
  #token: string;
  readonly user: string;

  private constructor(options: BearerOptions, token: string) {
    this.#options = options;
    this.#token = token;
    this.user = userOf(token, options.userId);
  }

  /** @throws whatever `getToken` throws; ContactSyncError `INVALID_ARGUMENT` */
  static async ask(options: BearerOptions): Promise<Bearer> {
    return new Bearer(options, await tokenOf(options, false));
  }

  get token(): string {
    return this.#token;
  }

  /**
   * Asks for another one.
   *
   * @throws ContactSyncError `UNAUTHENTICATED` where it is somebody else's: what was begun for one
   *   user is not finished for another
   */
  async refresh(): Promise<void> {
    const token = await tokenOf(this.#options, true);
    if (userOf(token, this.#options.userId) !== this.user) {
      throw new ContactSyncError("UNAUTHENTICATED", "another user has signed in meanwhile");
    }
    this.#token = token;
  }
}

async function tokenOf({ getToken }: BearerOptions, refresh: boolean): Promise<string> {
  const token: unknown = await getToken({ refresh });
  if (typeof token !== "string" || token === "") {
    throw new ContactSyncError("UNAUTHENTICATED", "getToken gave no token: nobody is signed in");
  }
  // No header takes it, which would look as if there were no network; or "Bearer" would stand twice.
  if (!/^[!-~]+$/.test(token.trim())) {
    throw new ContactSyncError(
      "INVALID_ARGUMENT",
      'getToken must give the token alone, without "Bearer" and blanks',
    );
  }
  return token;
}

function userOf(token: string, userId: FriendFinderOptions["userId"]): string {
  const given: unknown = typeof userId === "function" ? userId(token) : userId;
  if (given !== undefined) {
    if (typeof given === "string" && given !== "") return given;
    throw new ContactSyncError(
      "INVALID_ARGUMENT",
      "options.userId must be a text that is not empty",
    );
  }
  const { iss, sub } = claimsOf(token);
  if (typeof sub !== "string" || sub === "") {
    throw new ContactSyncError(
      "INVALID_ARGUMENT",
      "the token is no JWT that names its user in sub: give options.userId, so that two users of one phone don't meet each other's state",
    );
  }
  return typeof iss === "string" ? `${iss} ${sub}` : sub;
}

function claimsOf(token: string): Record<string, unknown> {
  const [, payload = ""] = token.split(".");
  try {
    const claims: unknown = JSON.parse(decodeBase64Url(payload));
    return typeof claims === "object" && claims !== null ? { ...claims } : {};
  } catch {
    return {};
  }
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** Older React Native has neither atob nor TextDecoder. */
function decodeBase64Url(text: string): string {
  let percent = "";
  let bits = 0;
  let held = 0;
  for (const character of text.replace(/=+$/, "").replace(/\+/g, "-").replace(/\//g, "_")) {
    const value = ALPHABET.indexOf(character);
    if (value < 0) throw new Error("no base64url");
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      percent += `%${((held >> bits) & 0xff).toString(16).padStart(2, "0")}`;
    }
  }
  return decodeURIComponent(percent);
}
