/** Cuts a stream into arrays of at most `size`. */
export async function* inChunks<Entry>(
  stream: AsyncIterable<Entry>,
  size: number,
): AsyncGenerator<Entry[], void, undefined> {
  let chunk: Entry[] = [];
  for await (const entry of stream) {
    chunk.push(entry);
    if (chunk.length === size) {
      yield chunk;
      chunk = [];
    }
  }
  if (chunk.length > 0) yield chunk;
}
