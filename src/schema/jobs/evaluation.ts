import { ArgsType, Field, Float, ID, Int, ObjectType } from "type-graphql";
import type { AccuracyLine, EvaluationMetric } from "../../vocabulary.js";
import { IntervalType } from "../analysis/agreement.js";
import { ForwardPageArguments } from "../arguments/page-arguments.js";
import { connectionType } from "../connection.js";
import { AccuracyLineEnum, EvaluationMetricEnum } from "../enums.js";
import { Node } from "../node.js";
import { DateTime, JSONObject } from "../scalars.js";

@ObjectType("EvaluationResult", { description: "A figure of an evaluation.", simpleResolvers: true })
export class EvaluationResultType {
  @Field(() => EvaluationMetricEnum, { description: "What is measured; docs/metrics.md has the formula." })
  metric!: EvaluationMetric;

  @Field(() => AccuracyLineEnum, {
    nullable: true,
    description:
      "Which baseline of a reward model's accuracy this figure is, over the same votes; null: a figure of what is evaluated itself.",
  })
  line!: AccuracyLine | null;

  @Field(() => Float, { nullable: true, description: "The value; null where it is undefined." })
  value!: number | null;

  @Field(() => String, { nullable: true, description: "Why the value or the interval is null." })
  reason!: string | null;

  @Field(() => IntervalType, {
    nullable: true,
    description: "By the cluster bootstrap over prompts; null where it is undefined.",
  })
  ci95!: IntervalType | null;

  @Field(() => Int, {
    description:
      "Over how many tokens, bytes, votes, pairs of votes, responses or prompts; docs/metrics.md says which.",
  })
  n!: number;

  @Field(() => String, { nullable: true, description: "The name of the reward model that judged, where one did." })
  judge!: string | null;

  @Field({ description: "Whether the length of the responses is held equal." })
  lengthControlled!: boolean;

  @Field({
    description: "Judged by the reward model that the policy was trained on: no evidence that people prefer it.",
  })
  proxy!: boolean;
}

@ObjectType({
  implements: Node,
  description:
    "How good a model or the completions of a source are, as models measure it, not people. A job does the work.",
  simpleResolvers: true,
})
export class Evaluation extends Node {
  @Field(() => JSONObject, { description: "What was asked." })
  input!: Record<string, unknown>;

  @Field(() => [EvaluationResultType], {
    description: "The figures, in the order of the metrics; empty until the job has succeeded.",
  })
  results!: EvaluationResultType[];

  @Field(() => [String], { description: "What a person should know, such as that there are few prompts." })
  warnings!: string[];

  @Field(() => DateTime, { description: "When it was asked for." })
  createdAt!: Date;
}

export const EvaluationConnection = connectionType<Evaluation>("Evaluation", () => Evaluation);

@ArgsType()
export class EvaluationListArguments extends ForwardPageArguments {
  @Field(() => ID, { nullable: true, description: "Evaluations on this dataset; all where not given." })
  datasetId?: string | null;
}
