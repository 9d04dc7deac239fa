import { hostname } from "node:os";
import { type Logger, pino } from "pino";
import { describeFault } from "./described-fault.ts";

/**
 * The service's log, a JSON object a line. Whoever writes to it, at whatever level, what a client
 * sent stays out: frameworks hand over errors that quote it, Node's with the raw packet in them.
 *
 * @param destination default stdout
 */
export function createLogger(level: string, destination?: pino.DestinationStream): Logger {
  const options: pino.LoggerOptions = {
    level,
    base: { host: hostname() },
    serializers: {
      err: describeFault,
      // The request's path names a phone hash, its headers hold the token.
      req: ({ method }: { method?: unknown }) => ({ method }),
      res: ({ statusCode }: { statusCode?: unknown }) => ({ statusCode }),
    },
    hooks: {
      logMethod(inputs, method) {
        const [first, message] = inputs as unknown[];
        // A line without a message of its own would take the error's.
        if (first instanceof Error) return method.call(this, { err: first } as never, FAULT);
        if (hasError(first) && (message === undefined || message === first.err.message)) {
          return method.call(this, first as never, FAULT);
        }
        if (typeof first === "string") return method.call(this, withoutPaths(first) as never);
        return method.apply(this, inputs);
      },
    },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

const FAULT = "fault";

function hasError(value: unknown): value is { err: Error } {
  return (
    typeof value === "object" && value !== null && (value as { err?: unknown }).err instanceof Error
  );
}

/** Fastify quotes the path of a request in some of its warnings. */
function withoutPaths(text: string): string {
  return text.replace(/"\/[^"]*"/g, '"/…"');
}
