import { Field, Float, ID, InputType, Int, ObjectType } from "type-graphql";
import type {
  AgreementCluster,
  AgreementMeasure,
  CoefficientName,
  LabelerPool,
  OutputLabel,
  PromptSource,
  Split,
  TiePolicy,
  UseCase,
} from "../../vocabulary.js";
import { connectionType } from "../connection.js";
import {
  AgreementClusterEnum,
  AgreementMeasureEnum,
  CoefficientNameEnum,
  LabelerPoolEnum,
  OutputLabelEnum,
  PromptSourceEnum,
  SplitEnum,
  TiePolicyEnum,
  UseCaseEnum,
} from "../enums.js";
import { Labeler } from "../labeler.js";
import { DateTime } from "../scalars.js";

@InputType({ description: "Whose judgments of what are compared, and how the intervals are drawn." })
export class AgreementInput {
  @Field(() => AgreementMeasureEnum, {
    description: "The judgment whose agreement is measured.",
  })
  measure!: AgreementMeasure;

  @Field(() => OutputLabelEnum, {
    nullable: true,
    description: "Which label; required when measure is LABEL, refused with another.",
  })
  label?: OutputLabel | null;

  @Field(() => TiePolicyEnum, { defaultValue: "EXACT", description: "How ties count in percent agreement." })
  tiePolicy!: TiePolicy;

  @Field(() => LabelerPoolEnum, { nullable: true, description: "Both labelers of a pair must be in this pool." })
  pool?: LabelerPool | null;

  @Field(() => [ID], { nullable: true, description: "Both labelers of a pair must be among these." })
  labelerIds?: string[] | null;

  @Field(() => SplitEnum, { nullable: true, description: "Prompts of this split only." })
  split?: Split | null;

  @Field(() => [UseCaseEnum], { nullable: true, description: "Prompts of these use cases only." })
  useCases?: UseCase[] | null;

  @Field(() => [PromptSourceEnum], { nullable: true, description: "Prompts of these sources only." })
  sources?: PromptSource[] | null;

  @Field(() => DateTime, { nullable: true, description: "Judgments made at this moment or later." })
  createdFrom?: Date | null;

  @Field(() => DateTime, { nullable: true, description: "Judgments made before this moment." })
  createdTo?: Date | null;

  @Field(() => ID, { nullable: true, description: "Judgments made under this version of the instructions." })
  instructionVersionId?: string | null;

  @Field(() => AgreementClusterEnum, {
    defaultValue: "PROMPT",
    description: "What a resample draws: prompts, or authors whose prompts share a text.",
  })
  cluster!: AgreementCluster;

  @Field(() => Int, { defaultValue: 1000, description: "How many resamples an interval rests on, 200 to 20,000." })
  resamples!: number;

  @Field(() => Int, { defaultValue: 0, description: "Seed of the resamples; the same seed gives the same intervals." })
  seed!: number;
}

@ObjectType("Interval", {
  description: "A range that holds the true value in 95 of 100 data sets like this one.",
  simpleResolvers: true,
})
export class IntervalType {
  @Field(() => Float, { description: "The lower end." })
  low!: number;

  @Field(() => Float, { description: "The upper end." })
  high!: number;
}

@ObjectType("Coefficient", { description: "A coefficient of agreement.", simpleResolvers: true })
export class CoefficientType {
  @Field(() => CoefficientNameEnum, { description: "Which coefficient." })
  name!: CoefficientName;

  @Field(() => Float, { nullable: true, description: "Its value; null exactly where the statistic is undefined." })
  value!: number | null;

  @Field(() => String, { nullable: true, description: "Why there is no value, or no interval, in a sentence." })
  reason!: string | null;

  @Field(() => IntervalType, { nullable: true, description: "The 95 % interval of the cluster bootstrap." })
  ci95!: IntervalType | null;

  @Field(() => Float, { nullable: true, description: "The standard error over clusters." })
  standardError!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      "Gwet's standard error, which takes units as independent; to compare with other tools. Null where he gives none.",
  })
  analyticStandardError!: number | null;

  @Field(() => Int, { description: "The units that entered this coefficient." })
  n!: number;
}

@ObjectType("LabelerAgreement", {
  description: "How one labeler agrees with all others: percent agreement under the report's tie policy.",
  simpleResolvers: true,
})
export class LabelerAgreementType {
  @Field(() => Labeler, { description: "The labeler." })
  labeler!: Labeler;

  @Field(() => Float, {
    nullable: true,
    description: "Percent agreement as a fraction; null where nothing can be compared.",
  })
  value!: number | null;

  @Field(() => Int, { description: "The units in which the labeler can be compared with anybody." })
  n!: number;

  @Field(() => IntervalType, { nullable: true, description: "The 95 % interval over clusters." })
  ci95!: IntervalType | null;
}

@ObjectType("LabelerPairAgreement", {
  description: "How two labelers agree: percent agreement under the report's tie policy.",
  simpleResolvers: true,
})
export class LabelerPairAgreementType {
  @Field(() => Labeler, { description: "One labeler." })
  a!: Labeler;

  @Field(() => Labeler, { description: "The other labeler." })
  b!: Labeler;

  @Field(() => Float, {
    nullable: true,
    description: "Percent agreement as a fraction; null where nothing can be compared.",
  })
  value!: number | null;

  @Field(() => Int, {
    description:
      "The units behind value: under STRICT_ONLY those that both ordered strictly, else all that both judged.",
  })
  n!: number;

  @Field(() => Int, { description: "The units that both judged: kappa rests on them, and minUnits counts them." })
  shared!: number;

  @Field(() => Float, {
    nullable: true,
    description: "Cohen's kappa of the two; null where one category only leaves nothing to chance.",
  })
  kappa!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      "The mean of Kendall's tau-b of the two over prompts of which both judged at least three completions; null where there is none.",
  })
  tauB!: number | null;
}

@ObjectType("CoefficientTable", {
  description: "The table behind a coefficient, so that a person can follow its number.",
  simpleResolvers: true,
})
export class CoefficientTableType {
  @Field(() => CoefficientNameEnum, { description: "The coefficient." })
  name!: CoefficientName;

  @Field(() => String, { description: "What a cell counts, in a sentence." })
  about!: string;

  @Field(() => [String], { description: "What the rows, and the columns, stand for." })
  categories!: string[];

  @Field(() => [[Float]], { description: "The cells, row by row." })
  cells!: number[][];

  @Field(() => Float, { nullable: true, description: "The agreement observed, weighted as the coefficient weighs." })
  observed!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      "The agreement that chance gives: value = (observed − expected) / (1 − expected). Null where the coefficient is not of this form.",
  })
  expected!: number | null;

  @Field(() => Labeler, {
    nullable: true,
    description: "Whose values stand in the rows; null where the table is of more than two labelers.",
  })
  rows!: Labeler | null;

  @Field(() => Labeler, {
    nullable: true,
    description: "Whose values stand in the columns; null where the table is of more than two labelers.",
  })
  columns!: Labeler | null;
}

export const LabelerAgreementConnection = connectionType<LabelerAgreementType>(
  "LabelerAgreement",
  () => LabelerAgreementType,
);
export const LabelerPairAgreementConnection = connectionType<LabelerPairAgreementType>(
  "LabelerPairAgreement",
  () => LabelerPairAgreementType,
);

@ObjectType("AgreementReport", {
  description: "What the judgments say about agreement between labelers.",
  simpleResolvers: true,
})
export class AgreementReportType {
  @Field(() => AgreementMeasureEnum, { description: "The judgment that was compared." })
  measure!: AgreementMeasure;

  @Field(() => TiePolicyEnum, { description: "How ties counted in percent agreement." })
  tiePolicy!: TiePolicy;

  @Field(() => Int, {
    description: "The units that anybody judged: pairs of completions for RANKING, completions otherwise.",
  })
  units!: number;

  @Field(() => Int, { description: "The units that at least two labelers judged; only these say something." })
  pairableUnits!: number;

  @Field(() => Int, { description: "Labelers with a judgment." })
  labelers!: number;

  @Field(() => Int, { description: "Judgments of one labeler on one unit." })
  judgments!: number;

  @Field(() => Int, { description: "Judgments that a later one of the same labeler on the same unit replaced." })
  repeats!: number;

  @Field(() => Int, { description: "Clusters with a pairable unit: what a resample draws from." })
  clusters!: number;

  @Field(() => [CoefficientType], { description: "The coefficients that apply to the measure." })
  coefficients!: CoefficientType[];

  @Field(() => [String], { description: "What a reader must know before trusting a digit." })
  warnings!: string[];
}
