import type { Answer, OpenApp, Request } from "./support.ts";

/** Asks as the app's back end, below /api/v1; the answer's data, which must have succeeded. */
export function operatorOf(app: () => OpenApp) {
  const ask = async (method: Request["method"], path: string, body?: unknown): Promise<Answer> =>
    app().request({ method, url: `/api/v1${path}`, token: await app().serviceToken(), body });
  return {
    ask,
    // biome-ignore lint/suspicious/noExplicitAny: what is in it is for the test to say.
    async data(method: Request["method"], path: string, body?: unknown): Promise<any> {
      const answer = await ask(method, path, body);
      if (answer.statusCode !== 200) throw new Error(`${path}: ${answer.body}`);
      return answer.json().data;
    },
  };
}
