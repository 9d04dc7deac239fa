// What reads numbers and hashes them, with the numbering plans, and no more.
import { hashPhoneNumbers } from "../../../client/dist/hashing/hash-phone-numbers.js";

globalThis.bundled = hashPhoneNumbers;
