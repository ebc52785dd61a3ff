import { Args, Ctx, FieldResolver, ID, Resolver, Root } from "type-graphql";
import type { CompletionRecord } from "../entities/queries/completions/completions.js";
import type { DatasetRecord } from "../entities/queries/datasets/datasets.js";
import type { DemonstrationRecord } from "../entities/queries/judgments/demonstrations.js";
import type { RankingRecord } from "../entities/queries/judgments/rankings.js";
import type { PromptRecord } from "../entities/queries/prompts/prompts.js";
import { ForwardPageArguments } from "../schema/arguments/page-arguments.js";
import { Completion } from "../schema/completion.js";
import { Dataset } from "../schema/dataset.js";
import { Demonstration } from "../schema/demonstration.js";
import { StageEnum } from "../schema/enums.js";
import { Exclusion, Prompt, TraitValue } from "../schema/prompt.js";
import { RankingConnection } from "../schema/ranking.js";
import { globalId } from "../services/input/global-id.js";
import { rankingsOfPrompt } from "../services/reads/nested-lists.js";
import { stagesOf } from "../services/reads/prompt-stages.js";
import type { Context } from "../services/request/context.js";
import type { Page } from "../services/request/page.js";
import { PROMPT_TRAITS, type Stage } from "../vocabulary.js";

@Resolver(() => Prompt)
export class PromptResolver {
  @FieldResolver(() => ID, { description: "The global, opaque id." })
  id(@Root() prompt: PromptRecord): string {
    return globalId("Prompt", prompt.id);
  }

  @FieldResolver(() => Dataset, { description: "The dataset it belongs to." })
  dataset(@Root() prompt: PromptRecord, @Ctx() { loaders }: Context): Promise<DatasetRecord | null> {
    return loaders.dataset.load(prompt.datasetId);
  }

  @FieldResolver(() => [TraitValue], {
    description: "What it was judged to be like; what is not listed was not asked.",
  })
  traits(@Root() { traitValues }: PromptRecord): TraitValue[] {
    const asked = PROMPT_TRAITS.filter((trait) => traitValues[trait] !== undefined);
    return asked.map((trait) => ({ trait, value: traitValues[trait] ?? null }));
  }

  @FieldResolver(() => Exclusion, {
    nullable: true,
    description: "Why and from where it is left out; null: it is not.",
  })
  exclusion(@Root() { exclusionReason, exclusionFrom, excludedBy, excludedAt }: PromptRecord): Exclusion | null {
    if (exclusionReason === null || !exclusionFrom || excludedBy === null || !excludedAt) return null;
    return { reason: exclusionReason, from: [...exclusionFrom], by: excludedBy, at: excludedAt };
  }

  @FieldResolver(() => [StageEnum], {
    description:
      "The stages it serves: those that its record states, else what follows from its records. SFT: it has a demonstration, or a LABELER's few-shot pairs. RM: it has a strict pair. PPO: a CUSTOMER wrote it, and it has no demonstration, ranking or assessment. Exclusion does not change them.",
  })
  stages(@Root() prompt: PromptRecord, @Ctx() { loaders }: Context): Promise<readonly Stage[]> {
    return stagesOf(loaders, prompt);
  }

  @FieldResolver(() => [Demonstration], { description: "The answers that labelers wrote, in the order they came." })
  demonstrations(
    @Root() { id, asOf }: PromptRecord,
    @Ctx() { loaders }: Context,
  ): Promise<readonly DemonstrationRecord[]> {
    return loaders.demonstrationsOfPrompt.load({ id, asOf });
  }

  @FieldResolver(() => [Completion], { description: "The outputs of models, in the order they came; at most 1,000." })
  completions(@Root() { id, asOf }: PromptRecord, @Ctx() { loaders }: Context): Promise<readonly CompletionRecord[]> {
    return loaders.completionsOfPrompt.load({ id, asOf });
  }

  @FieldResolver(() => RankingConnection, { description: "The rankings of its completions, in the order they came." })
  rankings(
    @Root() prompt: PromptRecord,
    @Args(() => ForwardPageArguments) args: ForwardPageArguments,
    @Ctx() { loaders }: Context,
  ): Promise<Page<RankingRecord>> {
    return rankingsOfPrompt(loaders, prompt, args);
  }
}
