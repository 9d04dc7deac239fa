/** The endpoint by which the back end does for a user what another one does for whoever asks. */
export function onBehalf(endpoint: string): string {
  return endpoint.replace(/\/api\/v1\/(?:me\/)?/, "/api/v1/users/{userId}/");
}

/** Those that a user may call, as a test lists them; an export by the back end has its own name. */
export function allOnBehalf(endpoints: readonly string[]): string[] {
  return endpoints.filter((endpoint) => !endpoint.endsWith("/me/export")).map(onBehalf);
}
