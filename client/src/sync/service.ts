import { ContactSyncError, ERROR_CODES, type ErrorCode } from "../protocol/errors.ts";
import { throwIfAborted, untilAborted } from "../slices/slices.ts";
import type { Bearer } from "./bearer.ts";
import type { Platform } from "./platform.ts";

/** As docs/protocol.md says: longer than the service may take for an answer. */
const PATIENCE_MS = 75_000;
/** How often a request is sent before the service counts as out of reach, and how long is waited. */
const ATTEMPTS = 4;
const FIRST_WAIT_MS = 1_000;
/** Whoever is to wait longer than that is told so, in place of waiting. */
const LONGEST_WAIT_MS = 60_000;

/** No answer of the service, though it was asked several times: it can be sent again another day. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
}

interface Request {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Behind `/api/v1`. */
  readonly path: string;
  /** JSON. */
  readonly body?: string;
}

interface Refusal {
  readonly error: ContactSyncError;
  readonly status: number;
  readonly waitMs: number;
}

interface Silence {
  readonly nothing: unknown;
  readonly waitMs: number;
}

type Answer = { readonly data: unknown } | Refusal | Silence;

/** The service, as one call of the friend finder asks it. */
export class Service {
  readonly #root: string;
  readonly #platform: Platform;
  readonly #bearer: Bearer;
  readonly #signal: AbortSignal | undefined;
  #hasRefreshed = false;

  constructor(root: string, platform: Platform, bearer: Bearer, signal: AbortSignal | undefined) {
    this.#root = root;
    this.#platform = platform;
    this.#bearer = bearer;
    this.#signal = signal;
  }

  /**
   * Sends a request until it is answered. Whatever is sent may be repeated (docs/protocol.md).
   *
   * @returns `data` of the answer
   * @throws ContactSyncError the service's, by its code; `ABORTED`
   * @throws Unreachable
   */
  async ask<Data>(request: Request): Promise<Data> {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.#send(request);
      if ("data" in answer) return answer.data as Data;
      if ("error" in answer && answer.error.code === "UNAUTHENTICATED" && !this.#hasRefreshed) {
        this.#hasRefreshed = true;
        await untilAborted(this.#bearer.refresh(), this.#signal);
        continue;
      }
      if ("error" in answer && !isWorthAnother(answer)) throw answer.error;
      if (attempt >= ATTEMPTS || answer.waitMs > LONGEST_WAIT_MS) throw asOutcome(answer);
      const backoff = FIRST_WAIT_MS * 2 ** (attempt - 1) * (0.5 + this.#platform.random());
      await this.#platform.sleep(Math.max(backoff, answer.waitMs), this.#signal);
    }
  }

  async #send({ method, path, body }: Request): Promise<Answer> {
    throwIfAborted(this.#signal);
    const controller = new AbortController();
    const abort = () => controller.abort();
    this.#signal?.addEventListener("abort", abort);
    const timer = setTimeout(abort, PATIENCE_MS);
    const ask = async () => {
      const response = await this.#platform.fetch(`${this.#root}/api/v1${path}`, {
        method,
        headers: {
          accept: "application/json",
          authorization: `Bearer ${this.#bearer.token}`,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        signal: controller.signal,
        credentials: "omit",
        ...(body === undefined ? {} : { body }),
      });
      return read(response, await response.text(), this.#platform.now());
    };
    try {
      // An app's own fetch may have no ear for signals.
      return await untilAborted(ask(), controller.signal);
    } catch (cause) {
      throwIfAborted(this.#signal);
      return { nothing: cause, waitMs: 0 };
    } finally {
      clearTimeout(timer);
      this.#signal?.removeEventListener("abort", abort);
    }
  }
}

function read(response: Response, text: string, now: number): Answer {
  const { ok, status, headers, redirected } = response;
  const body = parsed(text);
  if (ok && body?.["success"] === true && "data" in body) return { data: body["data"] };
  const code = body?.["success"] === false ? body["code"] : undefined;
  const waitMs = waitOf(headers, now);
  if (code !== undefined) {
    const { message, details, index, request_id } = body as Record<string, unknown>;
    // A newer service may have errors that this version does not know.
    const known = isErrorCode(code) ? code : status < 500 ? "INVALID_REQUEST" : "INTERNAL";
    // Where it leads to another host, that one gets no token; and a POST may have become a GET.
    const hint = redirected ? "; options.url is redirected" : "";
    const error = new ContactSyncError(known, (typeof message === "string" ? message : "") + hint, {
      index: typeof index === "number" ? index : undefined,
      details: { ...(details as object), request_id },
    });
    return { error, status, waitMs };
  }
  const isCutOff = body === undefined && /\bjson\b/i.test(headers.get("content-type") ?? "");
  if ((status === 404 || status === 405) && !isCutOff) {
    const message = "what answers there is no contact-sync service: options.url is wrong";
    return { error: new ContactSyncError("NOT_FOUND", message), status, waitMs };
  }
  if (status === 401 && !isCutOff) {
    // A gateway that looks at tokens itself.
    const error = new ContactSyncError("UNAUTHENTICATED", "a gateway refused the token");
    return { error, status, waitMs };
  }
  // A proxy, a network that wants a sign-in first, or an answer that broke off.
  return { nothing: new Error(`status ${status} without an answer of the service`), waitMs };
}

/** `Retry-After`: seconds, or a date, as proxies and pages of maintenance give it. */
function waitOf(headers: Headers, now: number): number {
  const given = headers.get("retry-after") ?? "";
  if (/^\s*\d+(\.\d+)?\s*$/.test(given)) return Number(given) * 1000;
  const until = Date.parse(given);
  // By the clock of whoever said so, which the phone's may be far from.
  const said = Date.parse(headers.get("date") ?? "");
  return Number.isNaN(until) ? 0 : Math.max(0, until - (Number.isNaN(said) ? now : said));
}

function isWorthAnother({ error: { code }, status }: Refusal): boolean {
  return status >= 500 || code === "RATE_LIMITED" || code === "IDEMPOTENCY_KEY_IN_USE";
}

/** What is out of reach for now is no error of anybody's; a fault that stays is. */
function asOutcome(answer: Refusal | Silence): Error {
  if (!("error" in answer)) return new Unreachable("no answer", { cause: answer.nothing });
  const { error, status } = answer;
  return status >= 500 && status !== 503 ? error : new Unreachable("no time", { cause: error });
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function isErrorCode(code: unknown): code is ErrorCode {
  return (ERROR_CODES as readonly unknown[]).includes(code);
}
