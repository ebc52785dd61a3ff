import { identify, lineHash } from "../../datasets/formats/identity.js";
import { parseLine, parseRecord } from "../../datasets/formats/native.js";
import type { Loss } from "../../datasets/records/losses.js";
import type {
  NativePrompt,
  NativeRanking,
  NativeRankingAssessment,
  NativeRecord,
} from "../../datasets/records/records.js";
import { AppError } from "../../errors.js";
import type { TimeSlice } from "../statistics/time-slice.js";

/** A line that is refused, and why. */
interface RefusedLine {
  readonly kind: "refused";
  readonly line: number;
  readonly message: string;
}

interface Prepared {
  /** The line's number in the file, from 1. */
  readonly line: number;
  readonly hash: string;
  readonly losses: readonly Loss[];
}

/** A prompt and the identity of everything in it: what costs time is done before the dataset is locked. */
export interface PreparedPrompt extends Prepared {
  readonly kind: "prompt";
  readonly prompt: NativePrompt;
  readonly identity: string;
  /** The identity of each demonstration, ranking, assessment and skip, in the line's order. */
  readonly demonstrations: readonly string[];
  readonly rankings: readonly string[];
  readonly assessments: readonly string[];
  readonly skips: readonly string[];
}

export interface PreparedDeclaration extends Prepared {
  readonly kind: "declaration";
  readonly record: Exclude<NativeRecord, { kind: "prompt" }>;
}

export type PreparedLine = PreparedPrompt | PreparedDeclaration | RefusedLine;

/** Reads a line of the native format: its text, or a JSON value where it was parsed already. */
export async function prepareLine(
  line: number,
  source: { readonly text: string } | { readonly value: unknown },
  slice: TimeSlice,
): Promise<PreparedLine> {
  try {
    const { losses, ...record } = "text" in source ? parseLine(source.text) : parseRecord(source.value);
    if (record.kind !== "prompt") return { kind: "declaration", line, hash: lineHash(record), losses, record };
    return await preparePrompt(line, record.prompt, losses, slice);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { kind: "refused", line, message: error.message };
  }
}

async function preparePrompt(
  line: number,
  given: NativePrompt,
  losses: readonly Loss[],
  slice: TimeSlice,
): Promise<PreparedPrompt> {
  const prompt = { ...given, rankings: given.rankings.map(withoutRepeats) };
  // Reading a long line has taken its slice of time; hashing it takes another.
  if (slice.isDue) await slice.giveWay();
  const { line: hash, prompt: identity, ...children } = identify(prompt);
  return { kind: "prompt", line, hash, losses, prompt, identity, ...children };
}

/** An assessment within a ranking that repeats the ranking's time or instructions says no more than one that does not. */
function withoutRepeats(ranking: NativeRanking): NativeRanking {
  const time = ranking.createdAt?.getTime();
  const repeatsTime = ({ createdAt }: NativeRankingAssessment) => time !== undefined && createdAt?.getTime() === time;
  const repeatsInstructions = ({ instructions }: NativeRankingAssessment) =>
    instructions !== null && instructions === ranking.instructions;
  if (!ranking.assessments.some((assessment) => repeatsTime(assessment) || repeatsInstructions(assessment))) {
    return ranking;
  }
  return {
    ...ranking,
    assessments: ranking.assessments.map((assessment) => ({
      ...assessment,
      createdAt: repeatsTime(assessment) ? null : assessment.createdAt,
      instructions: repeatsInstructions(assessment) ? null : assessment.instructions,
    })),
  };
}
