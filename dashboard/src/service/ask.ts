// One question to the service. It rejects never: a failure is a value, which the page shows.
import { type Failure, failureOf, unreachable } from "./failure.ts";

/** Beside the page, wherever the service is mounted: `…/dashboard/` and `…/api/v1/`. */
const API = new URL("../api/v1/", new URL(".", location.href));

// Longer than the service itself takes at most (docs/http.md, "Timeouts and load shedding").
const PATIENCE_MS = 75_000;

export interface Question {
  readonly method?: "GET" | "POST" | "DELETE";
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

export type Answer<Data> =
  | { readonly data: Data; readonly failure?: undefined }
  | { readonly failure: Failure; readonly data?: undefined };

export async function askWith<Data>(
  key: string,
  path: string,
  { method = "GET", body, signal }: Question = {},
): Promise<Answer<Data>> {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  try {
    const response = await fetch(new URL(path, API), {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        accept: "application/json",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal: signal === undefined ? patience : AbortSignal.any([signal, patience]),
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
    });
    const text = await response.text();
    const answer = parsed(text) as { success?: unknown; data?: Data } | undefined;
    if (response.ok && answer?.success === true) return { data: answer.data as Data };
    return { failure: failureOf(response.status, response.headers, answer) };
  } catch {
    return { failure: unreachable() };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
