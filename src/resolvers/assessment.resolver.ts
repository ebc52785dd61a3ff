import { Ctx, FieldResolver, ID, Resolver, Root } from "type-graphql";
import type { CompletionRecord } from "../entities/queries/completions/completions.js";
import type { InstructionVersionRecord } from "../entities/queries/datasets/instruction-versions.js";
import type { AssessmentRecord } from "../entities/queries/judgments/assessments.js";
import type { RankingRecord } from "../entities/queries/judgments/rankings.js";
import type { LabelerRecord } from "../entities/queries/labelers/labelers.js";
import { Assessment, LabelValue, ToxicityScore } from "../schema/assessment.js";
import { Completion } from "../schema/completion.js";
import { InstructionVersion } from "../schema/instruction-version.js";
import { Labeler } from "../schema/labeler.js";
import { Ranking } from "../schema/ranking.js";
import { globalId } from "../services/input/global-id.js";
import type { Context } from "../services/request/context.js";
import { instructionsOf, labelerOf } from "../services/request/related.js";
import { OUTPUT_LABELS } from "../vocabulary.js";

@Resolver(() => Assessment)
export class AssessmentResolver {
  @FieldResolver(() => ID, { description: "The global, opaque id." })
  id(@Root() assessment: AssessmentRecord): string {
    return globalId("Assessment", assessment.id);
  }

  @FieldResolver(() => Completion, { description: "The completion that it judges." })
  completion(
    @Root() { completionId, asOf }: AssessmentRecord,
    @Ctx() { loaders }: Context,
  ): Promise<CompletionRecord | null> {
    return loaders.completion.load({ id: completionId, asOf });
  }

  @FieldResolver(() => Labeler, { description: "Who gave it." })
  labeler(@Root() assessment: AssessmentRecord, @Ctx() { loaders }: Context): Promise<LabelerRecord | null> {
    return labelerOf(loaders, assessment);
  }

  @FieldResolver(() => Ranking, {
    nullable: true,
    description: "The ranking that it was given with; null: given alone.",
  })
  async ranking(
    @Root() { rankingId, asOf }: AssessmentRecord,
    @Ctx() { loaders }: Context,
  ): Promise<RankingRecord | null> {
    return rankingId === null ? null : loaders.ranking.load({ id: rankingId, asOf });
  }

  @FieldResolver(() => [LabelValue], { description: "What the completion is like; what is not listed was not asked." })
  labels(@Root() { labelValues }: AssessmentRecord): LabelValue[] {
    const asked = OUTPUT_LABELS.filter((label) => labelValues[label] !== undefined);
    return asked.map((label) => ({ label, value: labelValues[label] ?? null }));
  }

  @FieldResolver(() => ToxicityScore, { nullable: true, description: "Toxicity judgments; null: none was given." })
  toxicity(
    @Root() { toxicityInput, toxicityOutput, toxicityRelative, continuity }: AssessmentRecord,
  ): ToxicityScore | null {
    const score = { input: toxicityInput, output: toxicityOutput, relative: toxicityRelative, continuity };
    return Object.values(score).every((value) => value === null) ? null : score;
  }

  @FieldResolver(() => InstructionVersion, {
    nullable: true,
    description: "The version of the instructions that it was given under, where known.",
  })
  instructionVersion(
    @Root() assessment: AssessmentRecord,
    @Ctx() { loaders }: Context,
  ): Promise<InstructionVersionRecord | null> {
    return instructionsOf(loaders, assessment);
  }
}
