import sax from "sax";
import { unreadableFile } from "../text/unreadable-file.ts";

/** The text of an element. */
export interface XmlText {
  readonly text: string;
  /** The line of the file, from 1, on which the element begins. */
  readonly line: number;
  /** Only the beginning of it is there. */
  readonly tooLong: boolean;
}

/** What no telephone number exceeds, in UTF-16 units. */
const MAX_TEXT = 1024;

/** Contacts lie a few levels deep, and their elements have a few attributes. */
const MAX_DEPTH = 128;
const MAX_ATTRIBUTES = 256;

interface Element {
  /** In lower case, without its namespace's prefix. */
  readonly name: string;
  readonly line: number;
  readonly isWanted: boolean;
}

/** Finds the texts of wanted elements in XML that comes in pieces. */
export class XmlTexts {
  /** The root's name, in lower case and with its prefix. */
  root: string | undefined;
  /** Something was wanted. */
  found = false;
  readonly #parser = sax.parser(true, { position: true });
  readonly #open: Element[] = [];
  #attributes = 0;
  #startLine = 1;
  #text = "";
  #fault: Error | undefined;

  /**
   * @param isWanted by an element's name and that of the element around it
   * @param onText told of every wanted element that has ended
   */
  constructor(
    isWanted: (name: string, parent: string) => boolean,
    onText: (text: XmlText) => void,
  ) {
    const parser = this.#parser;
    parser.onerror = ({ message }) =>
      this.#refuse(
        message.startsWith("Max buffer length")
          ? "A tag, an attribute or a comment is longer than 64 KB."
          : "This is not XML as it should be.",
      );
    parser.ondoctype = () =>
      this.#refuse("The XML declares a document type (DOCTYPE), which is not read.");
    parser.onopentagstart = () => {
      this.#attributes = 0;
      this.#startLine = this.#line;
      if (this.#open.length === MAX_DEPTH) {
        this.#refuse(`The XML is nested deeper than ${MAX_DEPTH} levels.`);
      }
    };
    parser.onattribute = () => {
      this.#attributes += 1;
      if (this.#attributes > MAX_ATTRIBUTES) {
        this.#refuse(`An element has more than ${MAX_ATTRIBUTES} attributes.`);
      }
    };
    parser.onopentag = ({ name: qualified }) => {
      const name = localName(qualified);
      const parent = this.#open.at(-1)?.name ?? "";
      this.root ??= qualified.toLowerCase();
      const wanted = isWanted(name, parent);
      this.#open.push({ name, line: this.#startLine, isWanted: wanted });
      if (wanted) this.#text = "";
    };
    parser.ontext = (text) => this.#keep(text);
    parser.oncdata = (text) => this.#keep(text);
    parser.onclosetag = () => {
      const element = this.#open.pop();
      if (element?.isWanted !== true || this.#fault !== undefined) return;
      this.found = true;
      const text = this.#text;
      onText({ text, line: element.line, tooLong: text.length > MAX_TEXT });
    };
  }

  write(text: string): void {
    if (this.#fault === undefined) this.#run(() => this.#parser.write(text));
  }

  end(text: string): void {
    if (this.#fault === undefined) this.#run(() => this.#parser.write(text).close());
  }

  /** @throws ContactSyncError `UNREADABLE_FILE` with the line, never with what stands on it */
  throwIfMalformed(): void {
    if (this.#fault !== undefined) throw this.#fault;
  }

  get #line(): number {
    return this.#parser.line + 1;
  }

  #keep(text: string): void {
    if (this.#open.at(-1)?.isWanted === true && this.#text.length <= MAX_TEXT) {
      this.#text += text.slice(0, MAX_TEXT + 1);
    }
  }

  /** The parser goes on to the end of its piece; what it says from here on is not heard. */
  #refuse(message: string): void {
    this.#fault ??= unreadableFile(message, this.#line);
    throw STOP;
  }

  #run(work: () => void): void {
    try {
      work();
    } catch (error) {
      // Its own errors quote the text.
      if (this.#fault === undefined) throw error;
    }
  }
}

/** Ends the parser's work on a piece; the fault itself is kept. */
const STOP = new Error("stopped");

function localName(qualified: string): string {
  return qualified.slice(qualified.indexOf(":") + 1).toLowerCase();
}
