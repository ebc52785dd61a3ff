import { Field, Float, Int, ObjectType } from "type-graphql";
import type { UseCase } from "../../vocabulary.js";
import { UseCaseEnum } from "../enums.js";

@ObjectType({
  description: "The share of a use case among a dataset's prompts (InstructGPT, Table 1).",
  simpleResolvers: true,
})
export class UseCaseShare {
  @Field(() => UseCaseEnum, { nullable: true, description: "The use case; null: prompts not annotated." })
  useCase!: UseCase | null;

  @Field(() => Int, { description: "How many prompts have it." })
  prompts!: number;

  @Field(() => Float, { description: "Their share of all prompts, excluded ones among them, as a fraction." })
  share!: number;
}

@ObjectType({
  description: "How long the texts of a group are, in tokens (InstructGPT, Tables 9 to 11).",
  simpleResolvers: true,
})
export class LengthStatistics {
  @Field({
    description:
      'The group: "SFT TRAIN" … by STAGE_SPLIT; the use case, or NONE, by USE_CASE; "LABELER prompt", "LABELER demonstration" … by DEMONSTRATION_SOURCE.',
  })
  group!: string;

  @Field(() => Int, { description: "How many texts." })
  count!: number;

  @Field(() => Float, { description: "The mean length." })
  mean!: number;

  @Field(() => Float, { description: "The sample standard deviation (n − 1); 0 of a single text." })
  std!: number;

  @Field(() => Int, { description: "The shortest." })
  min!: number;

  @Field(() => Float, { description: "The first quartile, interpolated linearly." })
  p25!: number;

  @Field(() => Float, { description: "The median, interpolated linearly." })
  p50!: number;

  @Field(() => Float, { description: "The third quartile, interpolated linearly." })
  p75!: number;

  @Field(() => Int, { description: "The longest." })
  max!: number;
}
