import { Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from "type-graphql";
import type { CompletionSourceRecord } from "../entities/queries/completions/completion-sources.js";
import type { DatasetRecord } from "../entities/queries/datasets/datasets.js";
import type { InstructionVersionRecord } from "../entities/queries/datasets/instruction-versions.js";
import type { DemonstrationRecord } from "../entities/queries/judgments/demonstrations.js";
import type { RankingRecord } from "../entities/queries/judgments/rankings.js";
import type { PromptRecord } from "../entities/queries/prompts/prompts.js";
import type { SplitPolicyRecord } from "../entities/queries/splits/split-policies.js";
import { LengthStatistics, UseCaseShare } from "../schema/analysis/statistics.js";
import {
  DatasetArguments,
  DemonstrationListArguments,
  ExternalIdArguments,
  ExternalIdsArguments,
  LengthArguments,
  PromptListArguments,
  RankingListArguments,
} from "../schema/arguments/list-arguments.js";
import { ForwardPageArguments } from "../schema/arguments/page-arguments.js";
import { CompletionSource } from "../schema/completion.js";
import { Dataset, DatasetConnection } from "../schema/dataset.js";
import { DemonstrationConnection } from "../schema/demonstration.js";
import { InstructionVersion } from "../schema/instruction-version.js";
import { Prompt, PromptConnection } from "../schema/prompt.js";
import { RankingConnection } from "../schema/ranking.js";
import { SplitPolicy, SplitSize } from "../schema/split.js";
import { globalId } from "../services/input/global-id.js";
import { listDatasets } from "../services/reads/api-wide-lists.js";
import {
  instructionVersionsOf,
  lengthsOf,
  type ShareOfUseCase,
  sharesOfUseCases,
  sourcesOf,
  splitPolicyOf,
  splitSizesOf,
} from "../services/reads/dataset-facts.js";
import { listPrompts } from "../services/reads/prompt-list.js";
import { promptByExternalId, promptsByExternalId } from "../services/reads/prompts-by-external-id.js";
import { listDemonstrations, listRankings } from "../services/reads/work-lists.js";
import type { Context } from "../services/request/context.js";
import { findDataset } from "../services/request/find-dataset.js";
import type { Page } from "../services/request/page.js";
import type { GroupLengths } from "../services/statistics/lengths.js";
import type { SplitSizeFacts } from "../services/statistics/split-sizes.js";

@Resolver(() => Dataset)
export class DatasetResolver {
  @Query(() => Dataset, { nullable: true, description: "A dataset by its id or its slug: exactly one of the two." })
  dataset(
    @Args(() => DatasetArguments) args: DatasetArguments,
    @Ctx() context: Context,
  ): Promise<DatasetRecord | null> {
    return findDataset(context, args);
  }

  @Query(() => DatasetConnection, { description: "The datasets that the viewer may see, oldest first." })
  datasets(
    @Args(() => ForwardPageArguments) args: ForwardPageArguments,
    @Ctx() context: Context,
  ): Promise<Page<DatasetRecord>> {
    return listDatasets(context, args);
  }

  @FieldResolver(() => ID, { description: "The global, opaque id." })
  id(@Root() dataset: DatasetRecord): string {
    return globalId("Dataset", dataset.id);
  }

  @FieldResolver(() => PromptConnection, { description: "Its prompts." })
  prompts(
    @Root() dataset: DatasetRecord,
    @Args(() => PromptListArguments) args: PromptListArguments,
    @Ctx() context: Context,
  ): Promise<Page<PromptRecord>> {
    return listPrompts(context, dataset, args);
  }

  @FieldResolver(() => Prompt, {
    nullable: true,
    description: "The prompt that was given this id by whoever wrote it; null: none has it.",
  })
  promptByExternalId(
    @Root() dataset: DatasetRecord,
    @Args(() => ExternalIdArguments) { externalId }: ExternalIdArguments,
    @Ctx() context: Context,
  ): Promise<PromptRecord | null> {
    return promptByExternalId(context, dataset, externalId);
  }

  @FieldResolver(() => [Prompt], {
    nullable: "items",
    description:
      "The prompts that were given these ids by whoever wrote them, in this order; null where none has the id. At most 1,000.",
  })
  promptsByExternalId(
    @Root() dataset: DatasetRecord,
    @Args(() => ExternalIdsArguments) { externalIds }: ExternalIdsArguments,
    @Ctx() context: Context,
  ): Promise<(PromptRecord | null)[]> {
    return promptsByExternalId(context, dataset, externalIds);
  }

  @FieldResolver(() => RankingConnection, { description: "The rankings of its prompts, oldest first." })
  rankings(
    @Root() dataset: DatasetRecord,
    @Args(() => RankingListArguments) args: RankingListArguments,
    @Ctx() context: Context,
  ): Promise<Page<RankingRecord>> {
    return listRankings(context, dataset, args);
  }

  @FieldResolver(() => DemonstrationConnection, { description: "The demonstrations of its prompts, oldest first." })
  demonstrations(
    @Root() dataset: DatasetRecord,
    @Args(() => DemonstrationListArguments) args: DemonstrationListArguments,
    @Ctx() context: Context,
  ): Promise<Page<DemonstrationRecord>> {
    return listDemonstrations(context, dataset, args);
  }

  @FieldResolver(() => [CompletionSource], { description: "Who wrote the completions, by name." })
  sources(@Root() dataset: DatasetRecord, @Ctx() context: Context): Promise<readonly CompletionSourceRecord[]> {
    return sourcesOf(context, dataset);
  }

  @FieldResolver(() => [InstructionVersion], { description: "The versions of its instructions, in order." })
  instructionVersions(
    @Root() dataset: DatasetRecord,
    @Ctx() context: Context,
  ): Promise<readonly InstructionVersionRecord[]> {
    return instructionVersionsOf(context, dataset);
  }

  @FieldResolver(() => SplitPolicy, {
    nullable: true,
    description: "How its splits were assigned; null: they were not.",
  })
  splitPolicy(@Root() dataset: DatasetRecord, @Ctx() context: Context): Promise<SplitPolicyRecord | null> {
    return splitPolicyOf(context, dataset);
  }

  @FieldResolver(() => [SplitSize], { description: "How much each stage has of each split and source." })
  splitSizes(@Root() dataset: DatasetRecord, @Ctx() context: Context): Promise<readonly SplitSizeFacts[]> {
    return splitSizesOf(context, dataset);
  }

  @FieldResolver(() => [UseCaseShare], {
    description: "How its prompts spread over use cases, the most frequent first.",
  })
  useCases(@Root() dataset: DatasetRecord, @Ctx() context: Context): Promise<readonly ShareOfUseCase[]> {
    return sharesOfUseCases(context, dataset);
  }

  @FieldResolver(() => [LengthStatistics], {
    description:
      "How long its texts are, in tokens of its tokenizer. They are counted when first asked for, which takes a while for a large dataset.",
  })
  lengths(
    @Root() dataset: DatasetRecord,
    @Args(() => LengthArguments) { by }: LengthArguments,
    @Ctx() context: Context,
  ): Promise<readonly GroupLengths[]> {
    return lengthsOf(context, dataset, by);
  }
}
