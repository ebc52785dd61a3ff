import { Field, Float, Int, ObjectType } from "type-graphql";
import type { LabelerSignalName } from "../../vocabulary.js";
import { connectionType } from "../connection.js";
import { LabelerSignalNameEnum } from "../enums.js";
import { Labeler } from "../labeler.js";
import { IntervalType } from "./agreement.js";

@ObjectType("LabelerSignal", {
  description: "What one look at a labeler's work found: a reason for a person to look, never a verdict.",
  simpleResolvers: true,
})
export class LabelerSignalType {
  @Field(() => LabelerSignalNameEnum, { description: "What was looked for." })
  signal!: LabelerSignalName;

  @Field(() => Float, { nullable: true, description: "What was measured, of this labeler." })
  value!: number | null;

  @Field(() => Float, { nullable: true, description: "What it would be for a labeler like the others." })
  expected!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: "The probability of something as far out from a labeler whose work is like that of the others.",
  })
  pValue!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      "The p-value, adjusted for looking at all labelers of the report at once (Holm): what is rare for one is not rare among many.",
  })
  adjustedPValue!: number | null;

  @Field(() => Int, { description: "What was counted: works, units or prompts, as the evidence says." })
  n!: number;

  @Field(() => Boolean, { description: "Whether to look: of honest labelers at most one in a hundred is flagged." })
  flagged!: boolean;

  @Field(() => String, { nullable: true, description: "What was seen, in a sentence with its numbers." })
  evidence!: string | null;

  @Field(() => String, { nullable: true, description: "Why nothing could be said, in a sentence." })
  reason!: string | null;

  @Field(() => Labeler, { nullable: true, description: "The labeler that COPYING is about; null otherwise." })
  other!: Labeler | null;
}

@ObjectType("LabelerQuality", { description: "What the judgments say of one labeler.", simpleResolvers: true })
export class LabelerQualityType {
  @Field(() => Labeler, { description: "The labeler." })
  labeler!: Labeler;

  @Field(() => Int, { description: "Rankings, or prompts scored, that count." })
  works!: number;

  @Field(() => Int, { description: "Units that somebody else judged, too." })
  units!: number;

  @Field(() => Float, {
    nullable: true,
    description:
      "The share of those in which the labeler gave the consensus of the others; a tie of the others is shared out.",
  })
  consensus!: number | null;

  @Field(() => IntervalType, { nullable: true, description: "The 95 % interval of the consensus over clusters." })
  ci95!: IntervalType | null;

  @Field(() => Float, {
    nullable: true,
    description: "How often the labeler says what is true, by Dawid and Skene's model; null where nobody else judged.",
  })
  accuracy!: number | null;

  @Field(() => String, { nullable: true, description: "Why there is no accuracy, in a sentence." })
  accuracyReason!: string | null;

  @Field(() => [[Float]], {
    nullable: true,
    description: "P(the labeler says the column | the row is true), by the same model; categories name both.",
  })
  confusion!: number[][] | null;

  @Field(() => Float, {
    nullable: true,
    description:
      "How often the labeler prefers as the strengths of the completions say (Bradley–Terry with reliabilities); of rankings.",
  })
  reliability!: number | null;

  @Field(() => String, { nullable: true, description: "Why there is no reliability, in a sentence." })
  reliabilityReason!: string | null;

  @Field(() => [LabelerSignalType], { description: "One of each name." })
  signals!: LabelerSignalType[];
}

export const LabelerQualityConnection = connectionType<LabelerQualityType>("LabelerQuality", () => LabelerQualityType);

@ObjectType("LabelerQualityReport", {
  description: "What the judgments of a measure say of each labeler. It only tells: nothing is done to a labeler.",
  simpleResolvers: true,
})
export class LabelerQualityReportType {
  @Field(() => Int, { description: "Labelers with at least one work that counts." })
  labelers!: number;

  @Field(() => Int, { description: "Rankings, or prompts scored by a labeler." })
  works!: number;

  @Field(() => Int, {
    description: "The units that anybody judged: pairs of completions for RANKING, completions otherwise.",
  })
  units!: number;

  @Field(() => Int, { description: "The units that at least two labelers judged." })
  pairableUnits!: number;

  @Field(() => Int, { description: "Judgments that a later one of the same labeler on the same unit replaced." })
  repeats!: number;

  @Field(() => [String], { description: "What rows and columns of confusion, and priors, stand for." })
  categories!: string[];

  @Field(() => [Float], {
    nullable: true,
    description: "The share of each true category by Dawid and Skene's model; null where no unit has two labelers.",
  })
  priors!: number[] | null;

  @Field(() => [String], { description: "What a reader must know before acting on a signal." })
  warnings!: string[];
}
