import { Field, ObjectType } from "type-graphql";
import type { PromptKind, PromptSource, PromptTrait, Split, Stage, UseCase } from "../vocabulary.js";
import { connectionType } from "./connection.js";
import { PromptKindEnum, PromptSourceEnum, PromptTraitEnum, SplitEnum, StageEnum, UseCaseEnum } from "./enums.js";
import { Node } from "./node.js";
import { DateTime, JSONObject } from "./scalars.js";

@ObjectType("QueryResponse", {
  description: "One query and response pair of a few-shot prompt.",
  simpleResolvers: true,
})
export class QueryResponseType {
  @Field({ description: "What is asked." })
  query!: string;

  @Field({ description: "How it is answered." })
  response!: string;
}

@ObjectType({
  description: "What a prompt is like in one respect; a trait not listed was not asked.",
  simpleResolvers: true,
})
export class TraitValue {
  @Field(() => PromptTraitEnum, { description: "The trait." })
  trait!: PromptTrait;

  @Field(() => Boolean, { nullable: true, description: "Whether the prompt has it; null: asked, not applicable." })
  value!: boolean | null;
}

@ObjectType({
  description: "Why and from which stages a prompt is left out; undone by restorePrompts.",
  simpleResolvers: true,
})
export class Exclusion {
  @Field({ description: "Why it is left out." })
  reason!: string;

  @Field(() => [StageEnum], { description: "The stages it is left out of." })
  from!: Stage[];

  @Field({ description: "Who left it out." })
  by!: string;

  @Field(() => DateTime, { description: "When it was left out." })
  at!: Date;
}

@ObjectType({
  implements: Node,
  description: "What a model is asked, with everything that was written and judged about it.",
  simpleResolvers: true,
})
export class Prompt extends Node {
  @Field(() => String, { nullable: true, description: "The id that the record was imported under." })
  externalId!: string | null;

  @Field({ description: "The text of the prompt; of a few-shot prompt its instruction." })
  text!: string;

  @Field(() => PromptKindEnum, { description: "Which of the three kinds it is." })
  kind!: PromptKind;

  @Field(() => [QueryResponseType], { description: "The query and response pairs of a few-shot prompt, in order." })
  fewShot!: QueryResponseType[];

  @Field(() => UseCaseEnum, { nullable: true, description: "Its use case; null: not annotated." })
  useCase!: UseCase | null;

  @Field(() => PromptSourceEnum, { description: "Who wrote it." })
  source!: PromptSource;

  @Field(() => String, {
    nullable: true,
    description: "The user or organisation it came from: the key that splits group by.",
  })
  author!: string | null;

  @Field(() => String, { nullable: true, description: "Its language." })
  language!: string | null;

  @Field(() => SplitEnum, { nullable: true, description: "The split of its group; null: not assigned." })
  split!: Split | null;

  @Field(() => [String], { description: "Free words attached to it." })
  tags!: string[];

  @Field(() => JSONObject, { description: "Further facts, as they were given." })
  metadata!: Record<string, unknown>;

  @Field(() => DateTime, { description: "When it was created." })
  createdAt!: Date;
}

export const PromptConnection = connectionType<Prompt>("Prompt", () => Prompt);
