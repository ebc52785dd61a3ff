import { ArgsType, Field, ID, Int, ObjectType } from "type-graphql";
import { Node } from "./node.js";
import { DateTime } from "./scalars.js";

@ObjectType({
  implements: Node,
  description: 'One output of a model for a prompt ("response" in the papers).',
  simpleResolvers: true,
})
export class Completion extends Node {
  @Field({ description: "A, B, C … within the prompt, or the key it was imported under." })
  key!: string;

  @Field({ description: "The output; it may be empty." })
  text!: string;

  @Field(() => String, { nullable: true, description: "The name of the policy that wrote it; hidden from labelers." })
  source!: string | null;

  @Field(() => Int, { description: "Which of the policy's samples for this prompt it is, from 0." })
  sampleIndex!: number;

  @Field(() => Int, {
    description: "From 1; the same sample submitted again is a new completion with the next version.",
  })
  version!: number;

  @Field(() => Boolean, {
    nullable: true,
    description:
      "Whether it ended by itself: false where it was cut at a limit of tokens, null where that is not known.",
  })
  ended!: boolean | null;

  @Field(() => DateTime, { description: "When it was written." })
  createdAt!: Date;
}

@ObjectType({ description: "A policy that wrote completions of a dataset, with counts.", simpleResolvers: true })
export class CompletionSource {
  @Field({ description: "The policy's name." })
  name!: string;

  @Field(() => Int, { description: "How many completions it wrote." })
  completions!: number;

  @Field(() => Int, { description: "For how many prompts it wrote any." })
  prompts!: number;

  @Field(() => Int, { description: "The highest version among its completions." })
  latestVersion!: number;
}

@ArgsType()
export class ScoreArguments {
  @Field(() => ID, { description: "The reward model." })
  modelId!: string;
}
