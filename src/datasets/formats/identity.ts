/**
 * What makes two records the same: a 128-bit hash of all that counts, as the text of a UUID, so that PostgreSQL's uuid type
 * keeps it in 16 bytes. What is hashed is canonical JSON under a domain name, so that no two different things share it.
 */
import { hash } from "node:crypto";
import {
  type NativeAssessment,
  type NativeDemonstration,
  type NativePrompt,
  type NativeRanking,
  type NativeRecord,
  type NativeSkip,
  promptSource,
} from "../records/records.js";
import {
  writeAssessment,
  writeChildren,
  writeDemonstration,
  writeLine,
  writePrompt,
  writeRanking,
  writeSkip,
} from "./native-write.js";

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

/** Every hash of one prompt line; those of children in the order of the children. */
export interface LineIdentities {
  line: string;
  prompt: string;
  demonstrations: string[];
  rankings: string[];
  assessments: string[];
  skips: string[];
}

/** All hashes of a prompt line at once, each child written once: what the functions above give, in half their time. */
export function identify(prompt: NativePrompt): LineIdentities {
  const children = writeChildren(prompt);
  return {
    line: uuidOf("line", writePrompt(prompt, children)),
    prompt: promptIdentity(prompt),
    demonstrations: children.demonstrations.map((json) => uuidOf("demonstration", json)),
    rankings: children.rankings.map((json) => uuidOf("ranking", json)),
    assessments: children.assessments.map((json) => uuidOf("assessment", json)),
    skips: children.skips.map((json) => uuidOf("skip", json)),
  };
}

/** The first 128 bits of sha256 over "<domain>\0<text>": no domain holds U+0000, so that the pair can be read back. */
function uuidOf(domain: string, text: string): string {
  const hex = hash("sha256", `${domain}\0${text}`, "hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}
