import { Field, Float, Int, ObjectType } from "type-graphql";
import type { RatingMethod } from "../../vocabulary.js";
import { RatingMethodEnum } from "../enums.js";
import { IntervalType } from "./agreement.js";

@ObjectType("RankInterval", {
  description: "A range of ranks that holds the true rank in 95 of 100 data sets like this one.",
  simpleResolvers: true,
})
export class RankIntervalType {
  @Field(() => Int, { description: "The best rank: behind those that are surely better." })
  low!: number;

  @Field(() => Int, { description: "The worst rank: before those that are surely worse." })
  high!: number;
}

@ObjectType("LeaderboardEntry", {
  description: "A source of completions and how it fares against the other sources.",
  simpleResolvers: true,
})
export class LeaderboardEntryType {
  @Field(() => String, { description: "Who wrote the completions." })
  source!: string;

  @Field(() => Float, {
    nullable: true,
    description:
      "BRADLEY_TERRY and DAVIDSON: the natural logarithm of the strength, with mean 0 over the sources (173.7 times a difference is one of Elo points). ELO: points, with mean 1000. WIN_RATE: the share that was won. Null where there is no finite maximum.",
  })
  rating!: number | null;

  @Field(() => IntervalType, { nullable: true, description: "The 95 % interval of the rating over clusters." })
  ci95!: IntervalType | null;

  @Field(() => Int, {
    description: "1 is the best; equal ratings share a rank. By win rate where there is no rating.",
  })
  rank!: number;

  @Field(() => RankIntervalType, { nullable: true, description: "The 95 % interval of the rank over clusters." })
  rankCi95!: RankIntervalType | null;

  @Field(() => String, { nullable: true, description: "Why there is no rating, or no interval, in a sentence." })
  reason!: string | null;

  @Field(() => Int, { description: "Judgments that prefer it to a completion of another source." })
  wins!: number;

  @Field(() => Int, { description: "Judgments that prefer a completion of another source." })
  losses!: number;

  @Field(() => Int, { description: "Judgments that tie it with a completion of another source." })
  ties!: number;

  @Field(() => Float, { nullable: true, description: "The share of its comparisons that it won; a tie is half." })
  winRate!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      "The win rate that it would have with completions as long, in characters, as those it is compared with: a logistic regression of wins on tanh of the standardised difference in length.",
  })
  lengthControlledWinRate!: number | null;

  @Field(() => String, {
    nullable: true,
    description: "Why there is no length-controlled win rate, in a sentence.",
  })
  lengthControlledReason!: string | null;
}

@ObjectType("Leaderboard", {
  description:
    "Which sources' completions the labelers prefer. A comparison is one labeler's judgment of two completions of one prompt by different sources; where a labeler judged the two again, the later counts. The order of the data and the names of sources change no rating.",
  simpleResolvers: true,
})
export class LeaderboardType {
  @Field(() => RatingMethodEnum, { description: "How the sources were rated." })
  method!: RatingMethod;

  @Field(() => [LeaderboardEntryType], {
    description: "The sources that were compared with another, the best first; equal ones by name.",
  })
  entries!: LeaderboardEntryType[];

  @Field(() => Int, { description: "The comparisons." })
  comparisons!: number;

  @Field(() => Int, { description: "Those of them that are ties." })
  ties!: number;

  @Field(() => Int, {
    description: "Judgments dropped because both completions have the same source: they say nothing about sources.",
  })
  sameSourceDropped!: number;

  @Field(() => Int, { description: "Judgments dropped because a completion has no source." })
  unknownSourceDropped!: number;

  @Field(() => Int, { description: "Judgments that a later one of the same labeler on the same two replaced." })
  repeats!: number;

  @Field(() => Int, { description: "Clusters with a comparison: what a resample draws from." })
  clusters!: number;

  @Field(() => Float, {
    nullable: true,
    description: "DAVIDSON: ν, by which two equals tie with probability ν / (2 + ν). Null under other methods.",
  })
  tieParameter!: number | null;

  @Field(() => String, { nullable: true, description: "Why there are no ratings, in a sentence that names sources." })
  reason!: string | null;

  @Field(() => [String], { description: "What a reader must know before trusting a digit." })
  warnings!: string[];
}
