import { Ctx, FieldResolver, ID, Resolver, Root } from "type-graphql";
import type { CompletionRecord } from "../entities/queries/completions/completions.js";
import type { InstructionVersionRecord } from "../entities/queries/datasets/instruction-versions.js";
import type { AssessmentRecord } from "../entities/queries/judgments/assessments.js";
import type { RankingRecord } from "../entities/queries/judgments/rankings.js";
import type { LabelerRecord } from "../entities/queries/labelers/labelers.js";
import type { PromptRecord } from "../entities/queries/prompts/prompts.js";
import { ComparisonType } from "../schema/analysis/comparison.js";
import { GuidelineViolationType } from "../schema/analysis/guideline-violation.js";
import { Assessment } from "../schema/assessment.js";
import { Completion } from "../schema/completion.js";
import { InstructionVersion } from "../schema/instruction-version.js";
import { Labeler } from "../schema/labeler.js";
import { Prompt } from "../schema/prompt.js";
import { Ranking } from "../schema/ranking.js";
import { globalId } from "../services/input/global-id.js";
import { type FoundViolation, violationsOf } from "../services/reads/guideline.js";
import {
  type ComparedCompletions,
  comparisonsOf,
  displayOrderOf,
  notationOf,
  tiersOf,
} from "../services/reads/ranked-completions.js";
import type { Context } from "../services/request/context.js";
import { instructionsOf, labelerOf, promptOf } from "../services/request/related.js";

@Resolver(() => Ranking)
export class RankingResolver {
  @FieldResolver(() => ID, { description: "The global, opaque id." })
  id(@Root() ranking: RankingRecord): string {
    return globalId("Ranking", ranking.id);
  }

  @FieldResolver(() => Prompt, { description: "The prompt whose completions it orders." })
  prompt(@Root() ranking: RankingRecord, @Ctx() { loaders }: Context): Promise<PromptRecord | null> {
    return promptOf(loaders, ranking);
  }

  @FieldResolver(() => Labeler, { description: "Who gave it." })
  labeler(@Root() ranking: RankingRecord, @Ctx() { loaders }: Context): Promise<LabelerRecord | null> {
    return labelerOf(loaders, ranking);
  }

  @FieldResolver(() => [[Completion]], {
    description: "Best first; the completions of one tier are tied. It may cover a part of the prompt's completions.",
  })
  tiers(@Root() ranking: RankingRecord, @Ctx() { loaders }: Context): Promise<CompletionRecord[][]> {
    return tiersOf(loaders, ranking);
  }

  @FieldResolver(() => String, { description: 'Its canonical form, "A>B>C=D": the keys of a tier sorted.' })
  notation(@Root() ranking: RankingRecord, @Ctx() { loaders }: Context): Promise<string> {
    return notationOf(loaders, ranking);
  }

  @FieldResolver(() => [ComparisonType], { description: "The strict pairs that it holds; ties are dropped." })
  comparisons(@Root() ranking: RankingRecord, @Ctx() { loaders }: Context): Promise<ComparedCompletions[]> {
    return comparisonsOf(loaders, ranking);
  }

  @FieldResolver(() => [Completion], {
    nullable: true,
    description: "The completions as they stood before the labeler, where known.",
  })
  displayOrder(@Root() ranking: RankingRecord, @Ctx() { loaders }: Context): Promise<CompletionRecord[] | null> {
    return displayOrderOf(loaders, ranking);
  }

  @FieldResolver(() => [Assessment], { description: "The judgments of single completions that were given with it." })
  assessments(@Root() { id, asOf }: RankingRecord, @Ctx() { loaders }: Context): Promise<readonly AssessmentRecord[]> {
    return loaders.assessmentsOfRanking.load({ id, asOf });
  }

  @FieldResolver(() => [GuidelineViolationType], {
    description:
      "Where it goes against the guideline that it was given under, judged by what its labeler said of each completion: questions to the labeler, never corrections.",
  })
  guidelineViolations(@Root() ranking: RankingRecord, @Ctx() { loaders }: Context): Promise<FoundViolation[]> {
    return violationsOf(loaders, ranking);
  }

  @FieldResolver(() => InstructionVersion, {
    nullable: true,
    description: "The version of the instructions that it was given under, where known.",
  })
  instructionVersion(
    @Root() ranking: RankingRecord,
    @Ctx() { loaders }: Context,
  ): Promise<InstructionVersionRecord | null> {
    return instructionsOf(loaders, ranking);
  }

  @FieldResolver(() => Ranking, {
    nullable: true,
    description: "The ranking that it corrects; that one counts no more.",
  })
  async supersedes(
    @Root() { supersedesId, asOf }: RankingRecord,
    @Ctx() { loaders }: Context,
  ): Promise<RankingRecord | null> {
    return supersedesId === null ? null : loaders.ranking.load({ id: supersedesId, asOf });
  }
}
