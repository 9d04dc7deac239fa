const FRAME = /^ +at .+:\d+\)?$/gm;

/** Where it happened and of what kind, without the message: that may quote what a client sent. */
export function describeFault(fault: unknown): unknown {
  if (!(fault instanceof Error)) return typeof fault;
  // A message can have lines of its own, so it is taken out before frames are looked for.
  const frames = fault.stack?.replace(fault.message, "").match(FRAME);
  return {
    kind: fault.name,
    code: (fault as { code?: unknown }).code,
    at: frames?.slice(0, 8).map((line) => line.trim()),
  };
}
