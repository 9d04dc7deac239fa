// Reads a generated address book and prints how its memory grew; run by memory.processes.test.ts.
import { readAddressBook } from "../../src/readers/detect.ts";

const RECORDS = 200_000;
const MEASUREMENTS = 20;
const PHOTO_BYTES = 200 * 1024;

let bytesRead = 0;
let entries = 0;
let greatest = 0;

function inUse(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function* cards(): Generator<Buffer> {
  const base64 = "A".repeat(75);
  const folded = `PHOTO;ENCODING=b;TYPE=JPEG:${`\r\n ${base64}`.repeat(PHOTO_BYTES / 75)}\r\n`;
  const onOneLine = `PHOTO;ENCODING=b;TYPE=JPEG:${"A".repeat(PHOTO_BYTES)}\r\n`;
  for (let card = 0; card < RECORDS; card += 1) {
    const number = String(card).padStart(7, "0");
    const photo = card % 400 === 0 ? folded : card % 400 === 200 ? onOneLine : "";
    yield Buffer.from(
      `BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Person ${number}\r\n${photo}TEL;TYPE=CELL:+20 100 ${number}\r\n` +
        `${card % 2 === 0 ? `item1.TEL:+20 101 ${number}\r\n` : ""}END:VCARD\r\n`,
    );
  }
}

function table(): Buffer[] {
  const rows = Array.from({ length: RECORDS }, (_, row) => `Person ${row},"+20 100 ${row}",note\n`);
  return [Buffer.from(`Name,Phone,Notes\n${rows.join("")}`)];
}

async function* counted(chunks: Iterable<Buffer>): AsyncGenerator<Buffer> {
  for (const chunk of chunks) {
    bytesRead += chunk.length;
    yield chunk;
  }
}

// What compiling and warming up takes is not growth.
for (const content of ["Phone\n1\n2\n", "BEGIN:VCARD\nTEL:1\nEND:VCARD\n"]) {
  for await (const _ of readAddressBook(counted([Buffer.from(content)])));
}

const every = RECORDS / MEASUREMENTS;
const source = process.argv[2] === "csv" ? table() : cards();
const start = inUse();
for await (const _ of readAddressBook(counted(source))) {
  entries += 1;
  if (entries % every === 0) {
    greatest = Math.max(greatest, inUse() - start);
  }
}
const megabytes = (bytes: number) => Math.round(bytes / 1024 / 1024);
console.log(
  JSON.stringify({
    entries,
    megabytesRead: megabytes(bytesRead),
    growthMb: megabytes(greatest),
  }),
);
