const { PATH } = process.env;

/**
 * What the server sees of our environment: next to nothing. A database must not be able to read
 * the sealing key out of it, and English messages in UTC are what the start looks for in the log.
 */
export const SERVER_ENVIRONMENT: NodeJS.ProcessEnv = {
  PATH,
  LC_ALL: "C",
  TZ: "UTC",
};
