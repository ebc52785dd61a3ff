import { Args, ArgsType, Ctx, Field, FieldResolver, Int, Resolver, Root } from "type-graphql";
import type { Leaderboard } from "../agreement/leaderboard/leaderboard.js";
import type { DatasetRecord } from "../entities/queries/datasets/datasets.js";
import { LeaderboardType } from "../schema/analysis/leaderboard.js";
import { RankingFilter } from "../schema/arguments/work-filters.js";
import { Dataset } from "../schema/dataset.js";
import { AgreementClusterEnum, RatingMethodEnum } from "../schema/enums.js";
import { leaderboardOf } from "../services/analysis/leaderboard.js";
import type { Context } from "../services/request/context.js";
import type { AgreementCluster, RatingMethod } from "../vocabulary.js";

@ArgsType()
class LeaderboardArguments {
  @Field(() => RatingMethodEnum, { defaultValue: "BRADLEY_TERRY", description: "How the sources are rated." })
  method!: RatingMethod;

  @Field(() => RankingFilter, { nullable: true, description: "By which rankings; all where not given." })
  filter?: RankingFilter | null;

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

@Resolver(() => Dataset)
export class LeaderboardResolver {
  @FieldResolver(() => LeaderboardType, {
    description: "Which sources' completions are preferred, each with a rating, a rank and their intervals.",
  })
  leaderboard(
    @Root() dataset: DatasetRecord,
    @Args(() => LeaderboardArguments) args: LeaderboardArguments,
    @Ctx() { database }: Context,
  ): Promise<Leaderboard> {
    return leaderboardOf(database, { id: dataset.id, asOf: dataset.revision }, args);
  }
}
