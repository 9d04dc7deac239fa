const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * Turns every kind of line end into LF, wherever the chunks are cut: CRLF, CR alone (old Macs), and
 * the CR CR LF that a file gets when its CRLF is converted once more.
 */
export class LineFeeds {
  // Carriage returns at the end of the last chunk: what follows decides how many lines they end.
  #carriageReturns = 0;

  convert(chunk: Buffer): Buffer {
    if (this.#carriageReturns === 0 && !chunk.includes(CARRIAGE_RETURN)) {
      return chunk;
    }
    const out = Buffer.allocUnsafe(chunk.length + this.#carriageReturns);
    let length = 0;
    for (let at = 0; at < chunk.length; ) {
      if (chunk[at] === CARRIAGE_RETURN) {
        this.#carriageReturns += 1;
        at += 1;
        continue;
      }
      const ends = chunk[at] === LINE_FEED ? 0 : this.#carriageReturns;
      out.fill(LINE_FEED, length, length + ends);
      length += ends;
      this.#carriageReturns = 0;
      const next = chunk.indexOf(CARRIAGE_RETURN, at);
      const end = next < 0 ? chunk.length : next;
      length += chunk.copy(out, length, at, end);
      at = end;
    }
    return out.subarray(0, length);
  }

  /** What the carriage returns at the very end stand for. */
  end(): Buffer {
    return Buffer.alloc(this.#carriageReturns, LINE_FEED);
  }
}
