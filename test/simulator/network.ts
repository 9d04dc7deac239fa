import { type Fate, fateOf, type Weather } from "./faults.ts";
import { type ReadRequest, readRequest } from "./requests.ts";
import type { Process, Schedule } from "./schedule.ts";
import type { Arrived, SimulatedService, Travelling } from "./service.ts";

const MINUTE_MS = 60_000;

/** Who hears of what travels. */
export interface Witness {
  /** What becomes of all requests for the time being. */
  reach(): "good" | Fate;
  /** The app asks for it. */
  sent(request: ReadRequest): void;
  /** The service has taken it and answered; `isLate`: long after, when nobody waits for it. */
  arrived(request: ReadRequest, answer: Arrived, isLate: boolean): void;
  /** The app has the answer. */
  answered(request: ReadRequest, answer: Arrived): void;
}

export interface NetworkOptions {
  readonly schedule: Schedule;
  readonly service: SimulatedService;
  readonly weather: () => Weather;
  kill(process: Process): void;
  told(fate: string, process: Process): void;
}

/** Between phones and the service: loses, doubles, delays, and answers in its stead. */
export class Network {
  readonly #options: NetworkOptions;

  constructor(options: NetworkOptions) {
    this.#options = options;
  }

  /** `fetch` as a run of the app has it. */
  fetchOf(process: Process, witness: Witness): typeof globalThis.fetch {
    return (input, init = {}) =>
      new Promise<Response>((resolve, reject) => {
        if (process.isDead) return;
        const { signal } = init;
        if (signal?.aborted) return reject(signal.reason);
        const travelling = travellingOf(String(input), init);
        const request = readRequest(travelling);
        witness.sent(request);
        const reach = witness.reach();
        const fate = reach === "good" ? fateOf(process.random, this.#options.weather()) : reach;
        if (fate !== "answered") this.#options.told(`a request that was ${fate}`, process);
        const { schedule } = this.#options;
        const takeBack = schedule.add({
          process,
          kind: "request",
          due: schedule.now + delayOf(fate, process),
          release: async () => {
            const sent = { process, witness, travelling, request, fate };
            // Null: whoever asked is not there any more.
            const answer = await this.#release(sent).catch(reject);
            if (answer) resolve(answer);
          },
        });
        signal?.addEventListener("abort", () => {
          takeBack();
          // It may have left the phone by then.
          if (process.random.chance(0.5)) {
            this.#deliverLater(process, travelling, request, witness);
          }
          reject(signal.reason);
        });
      });
  }

  async #release(sent: Sent): Promise<Response | null> {
    const { process, travelling, request, witness, fate } = sent;
    switch (fate) {
      case "lost":
        throw new TypeError("Network request failed");
      case "killed before":
        return this.#killed(process);
      case "killed under way":
        this.#deliverLater(process, travelling, request, witness);
        return this.#killed(process);
      case "busy":
        return problem(503, "OVERLOADED", process.random.whole(1, 20));
      case "limited":
        return problem(429, "RATE_LIMITED", process.random.whole(1, 50));
      case "page":
        return new Response("<html>Sign in to the hotel's network</html>", {
          status: process.random.one([200, 403, 502, 511]),
          headers: { "content-type": "text/html" },
        });
    }
    let answer = await this.#deliver(travelling, request, witness, false);
    if (fate === "doubled") answer = await this.#deliver(travelling, request, witness, false);
    if (fate === "late") this.#deliverLater(process, travelling, request, witness);
    if (fate === "killed after") return this.#killed(process);
    if (fate === "unanswered") throw new TypeError("Network connection lost");
    const { status, headers, text } = answer;
    if (fate === "cut" && text.length > 1) {
      return new Response(text.slice(0, process.random.whole(0, text.length - 1)), {
        status,
        headers,
      });
    }
    witness.answered(request, answer);
    return new Response(text, { status, headers });
  }

  async #deliver(
    travelling: Travelling,
    request: ReadRequest,
    witness: Witness,
    isLate: boolean,
  ): Promise<Arrived> {
    const answer = await this.#options.service.ask(travelling);
    witness.arrived(request, answer, isLate);
    return answer;
  }

  #deliverLater(
    { random }: Process,
    travelling: Travelling,
    request: ReadRequest,
    witness: Witness,
  ): void {
    const { schedule } = this.#options;
    schedule.add({
      process: undefined,
      kind: "network",
      due: schedule.now + (random.chance(0.5) ? 0 : random.whole(0, 10 * MINUTE_MS)),
      release: async () => {
        // Where the service is down by then, it is lost.
        await this.#deliver(travelling, request, witness, true).catch(() => {});
      },
    });
  }

  #killed(process: Process): null {
    this.#options.kill(process);
    return null;
  }
}

interface Sent {
  readonly process: Process;
  readonly witness: Witness;
  readonly travelling: Travelling;
  readonly request: ReadRequest;
  readonly fate: Fate;
}

function delayOf(fate: Fate, { random }: Process): number {
  if (fate === "lost" || fate === "unanswered") return random.whole(0, MINUTE_MS);
  return fate === "slow" ? random.whole(1_000, 3 * MINUTE_MS) : 0;
}

function travellingOf(url: string, { method = "GET", headers, body }: RequestInit): Travelling {
  const { pathname, search } = new URL(url);
  if (body !== undefined && body !== null && typeof body !== "string") {
    if (!(body instanceof Uint8Array)) throw new Error("a body that the simulator cannot read");
  }
  return {
    method,
    path: pathname + search,
    headers: Object.fromEntries(new Headers(headers)),
    body: body ?? undefined,
  };
}

function problem(status: number, code: string, retryAfter: number): Response {
  const body = { success: false, code, message: `${code}: says the simulator`, status };
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      "content-type": "application/problem+json",
      "retry-after": String(retryAfter),
    },
  });
}
