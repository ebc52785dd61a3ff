/**
 * What makes two records the same: a 128-bit hash of all that counts, as the text of a UUID, so that PostgreSQL's uuid type
 * keeps it in 16 bytes. What is hashed is canonical JSON under a domain name, so that no two different things share it.
 */
import { hash } from "node:crypto";
import { writeAssessment, writeDemonstration, writeLine, writeRanking, writeSkip } from "./formats/native-write.js";
import {
  type NativeAssessment,
  type NativeDemonstration,
  type NativePrompt,
  type NativeRanking,
  type NativeRecord,
  type NativeSkip,
  promptSource,
} from "./records.js";

/** A prompt within its dataset: its id, or where it has none its text, query and response pairs, source and author. */
export function promptIdentity(
  prompt: Pick<NativePrompt, "externalId" | "text" | "fewShot" | "source" | "author">,
): string {
  if (prompt.externalId !== null) return uuidOf("prompt-id", prompt.externalId);
  const pairs = prompt.fewShot.map(({ query, response }) => [query, response]);
  return uuidOf("prompt", JSON.stringify([prompt.text, pairs, promptSource(prompt), prompt.author]));
}

/** A demonstration within its prompt: all its fields as given. */
export const demonstrationIdentity = (demonstration: NativeDemonstration): string =>
  uuidOf("demonstration", writeDemonstration(demonstration));

/** A ranking within its prompt: all its fields as given, its assessments among them; tiers count as sets. */
export const rankingIdentity = (ranking: NativeRanking): string => uuidOf("ranking", writeRanking(ranking));

/** An assessment outside any ranking, within its prompt: all its fields as given. */
export const assessmentIdentity = (assessment: NativeAssessment): string =>
  uuidOf("assessment", writeAssessment(assessment));

/** A skip within its prompt: all its fields as given. */
export const skipIdentity = (skip: NativeSkip): string => uuidOf("skip", writeSkip(skip));

/** A whole line: two lines with the same hash say the same, whatever their white space and order of fields. */
export const lineHash = (record: NativeRecord): string => uuidOf("line", writeLine(record));

/** The first 128 bits of sha256 over "<domain>\0<text>": no domain holds U+0000, so that the pair can be read back. */
function uuidOf(domain: string, text: string): string {
  const hex = hash("sha256", `${domain}\0${text}`, "hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}
