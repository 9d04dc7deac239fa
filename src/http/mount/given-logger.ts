import type { Logger } from "pino";
import { type LogTarget, readLog } from "../../jobs/log.ts";
import { createLogger } from "../logger.ts";

const ERROR = 50;
const WARN = 40;

/**
 * The service's log, written to where an app wants it. Lines are made as the service makes its own,
 * so what a client sent stays out of the app's log as well.
 *
 * @param target undefined: what tells of a fault goes to stderr
 */
export function givenLogger(target: LogTarget | undefined): Logger {
  const log = readLog(target);
  return createLogger(target === undefined ? "warn" : "info", {
    write(text) {
      const { level, time: _, host: __, msg = "", ...fields } = JSON.parse(text);
      if (level >= ERROR) log.error(fields, msg);
      else if (level >= WARN) log.warn(fields, msg);
      else log.info(fields, msg);
    },
  });
}
