const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** What a run of carriage returns becomes, a piece at a time. */
const LINE_FEEDS = Buffer.alloc(64 * 1024, LINE_FEED);

/**
 * Turns every kind of line end into LF, wherever the chunks are cut: CRLF, CR alone (old Macs), and
 * the CR CR LF that a file gets when its CRLF is converted once more.
 */
export class LineFeeds {
  // Carriage returns at the end of the last chunk: what follows decides how many lines they end.
  #carriageReturns = 0;

  /** In pieces, none of them empty: a long run of carriage returns is counted, not kept. */
  *convert(chunk: Buffer): Generator<Buffer, void, undefined> {
    if (this.#carriageReturns === 0 && !chunk.includes(CARRIAGE_RETURN)) {
      if (chunk.length > 0) {
        yield chunk;
      }
      return;
    }
    let at = this.#countFrom(chunk, 0);
    if (at === chunk.length) {
      return;
    }
    yield* this.#lineEnds(chunk[at]);
    const out = Buffer.allocUnsafe(chunk.length - at);
    let length = 0;
    while (at < chunk.length) {
      const next = chunk.indexOf(CARRIAGE_RETURN, at);
      const end = next < 0 ? chunk.length : next;
      length += chunk.copy(out, length, at, end);
      at = this.#countFrom(chunk, end);
      if (at < chunk.length) {
        const ends = this.#take(chunk[at]);
        out.fill(LINE_FEED, length, length + ends);
        length += ends;
      }
    }
    yield out.subarray(0, length);
  }

  /** What the carriage returns at the very end stand for. */
  *end(): Generator<Buffer, void, undefined> {
    yield* this.#lineEnds(undefined);
  }

  /** Counts the carriage returns that begin there; returns where they end. */
  #countFrom(chunk: Buffer, start: number): number {
    let at = start;
    while (at < chunk.length && chunk[at] === CARRIAGE_RETURN) {
      at += 1;
    }
    this.#carriageReturns += at - start;
    return at;
  }

  *#lineEnds(next: number | undefined): Generator<Buffer, void, undefined> {
    for (let ends = this.#take(next); ends > 0; ends -= LINE_FEEDS.length) {
      yield LINE_FEEDS.subarray(0, ends);
    }
  }

  /** How many line ends the carriage returns are; with a line feed behind them, they are its part. */
  #take(next: number | undefined): number {
    const ends = next === LINE_FEED ? 0 : this.#carriageReturns;
    this.#carriageReturns = 0;
    return ends;
  }
}
