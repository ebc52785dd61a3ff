import { Arg, Ctx, Mutation, Resolver } from "type-graphql";
import type { AssessmentRecord } from "../../entities/queries/judgments/assessments.js";
import type { DemonstrationRecord } from "../../entities/queries/judgments/demonstrations.js";
import type { RankingRecord } from "../../entities/queries/judgments/rankings.js";
import { Assessment } from "../../schema/assessment.js";
import { Demonstration } from "../../schema/demonstration.js";
import {
  SubmitAssessmentsInput,
  SubmitDemonstrationInput,
  SubmitRankingInput,
} from "../../schema/inputs/label-inputs.js";
import { Ranking } from "../../schema/ranking.js";
import { changedRow, changedRows } from "../../services/request/changed-rows.js";
import type { Context } from "../../services/request/context.js";
import { submitAssessments } from "../../services/writes/submit-assessments.js";
import { submitDemonstration } from "../../services/writes/submit-demonstration.js";
import { submitRanking } from "../../services/writes/submit-ranking.js";

@Resolver()
export class LabelWritesResolver {
  @Mutation(() => Demonstration, {
    description: "Stores a labeler's answer to a prompt, as a model should give it. ADMIN.",
  })
  async submitDemonstration(
    @Arg("input", () => SubmitDemonstrationInput, { description: "The answer." }) input: SubmitDemonstrationInput,
    @Ctx() context: Context,
  ): Promise<DemonstrationRecord> {
    return changedRow(context.loaders, context.loaders.demonstration, await submitDemonstration(context, input));
  }

  @Mutation(() => [Assessment], {
    description: "Stores a labeler's judgments of completions, each alone, all or none. ADMIN.",
  })
  async submitAssessments(
    @Arg("input", () => SubmitAssessmentsInput, { description: "The judgments." }) input: SubmitAssessmentsInput,
    @Ctx() context: Context,
  ): Promise<AssessmentRecord[]> {
    return changedRows(context.loaders, context.loaders.assessment, await submitAssessments(context, input));
  }

  @Mutation(() => Ranking, {
    description: "Stores a labeler's order of completions with assessments, all or nothing. ADMIN.",
  })
  async submitRanking(
    @Arg("input", () => SubmitRankingInput, { description: "The ranking." }) input: SubmitRankingInput,
    @Ctx() context: Context,
  ): Promise<RankingRecord> {
    return changedRow(context.loaders, context.loaders.ranking, await submitRanking(context, input));
  }
}
