// What the demo is about, while it is about it: on a terminal a line that moves and goes, in a pipe a
// line at once and another every few seconds.

const FRAMES = [..."⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"];
const FRAME_MS = 120;
const STILL_MS = 5_000;
const CLEAR = "\r\x1b[2K";

/**
 * @typedef {object} Teller
 * @property {(text: string) => void} say a line that stays
 * @property {<Result>(doing: string, work: (tell: (how: string) => void) => Promise<Result>) => Promise<Result>} during
 *   what is done while the work goes on, which may tell how far it is
 */

/**
 * @param {NodeJS.WriteStream} [out]
 * @returns {Teller}
 */
export function createTeller(out = process.stdout) {
  const say = (/** @type {string} */ text) => void out.write(`${text}\n`);
  return {
    say,
    async during(doing, work) {
      let how = "";
      const began = Date.now();
      const seconds = () => Math.round((Date.now() - began) / 1000);
      const words = () => [doing, how].filter(Boolean).join(": ");
      let frame = 0;
      const draw = () => {
        const line = `${FRAMES[frame++ % FRAMES.length]} ${words()}, ${seconds()} s`;
        out.write(CLEAR + line.slice(0, (out.columns ?? 80) - 1));
      };
      if (out.isTTY) draw();
      else say(`${doing} …`);
      const timer = out.isTTY
        ? setInterval(draw, FRAME_MS)
        : setInterval(() => say(`  still: ${words()}, ${seconds()} s`), STILL_MS);
      try {
        return await work((text) => {
          how = text;
        });
      } finally {
        clearInterval(timer);
        if (out.isTTY) out.write(CLEAR);
      }
    },
  };
}
