import { ArgsType, Field, ID, InputType } from "type-graphql";
import {
  type PromptKind,
  type PromptSource,
  type PromptTrait,
  type Split,
  STAGES,
  type Stage,
  type UseCase,
} from "../../vocabulary.js";
import { PromptKindEnum, PromptSourceEnum, PromptTraitEnum, SplitEnum, StageEnum, UseCaseEnum } from "../enums.js";
import { JSONObject } from "../scalars.js";

@InputType({ description: "One query and response pair of a few-shot prompt." })
export class QueryResponseInput {
  @Field({ description: "What is asked." })
  query!: string;

  @Field({ description: "How it is answered." })
  response!: string;
}

@InputType({ description: "What a prompt is like in one respect." })
export class TraitValueInput {
  @Field(() => PromptTraitEnum, { description: "The trait." })
  trait!: PromptTrait;

  @Field(() => Boolean, { nullable: true, description: "Whether the prompt has it; null: asked, not applicable." })
  value?: boolean | null;
}

@InputType({ description: "A new prompt." })
export class PromptInput {
  @Field(() => String, {
    nullable: true,
    description: "An id of your own, unique in the dataset, 1 to 500 characters.",
  })
  externalId?: string | null;

  @Field({ description: "The text, not empty; of a few-shot prompt its instruction." })
  text!: string;

  @Field(() => PromptKindEnum, {
    nullable: true,
    description: "Where not given: FEW_SHOT with query and response pairs, PLAIN without.",
  })
  kind?: PromptKind | null;

  @Field(() => [QueryResponseInput], {
    defaultValue: [],
    description: "The query and response pairs of a few-shot prompt, in order.",
  })
  fewShot!: QueryResponseInput[];

  @Field(() => UseCaseEnum, { nullable: true, description: "Its use case." })
  useCase?: UseCase | null;

  @Field(() => PromptSourceEnum, { defaultValue: "LABELER", description: "Who wrote it." })
  source!: PromptSource;

  @Field(() => String, {
    nullable: true,
    description: "The user or organisation it came from, 1 to 500 characters: the key that splits group by.",
  })
  author?: string | null;

  @Field(() => String, { nullable: true, description: "Its language, 1 to 100 characters." })
  language?: string | null;

  @Field(() => [TraitValueInput], {
    defaultValue: [],
    description: "What it is like; a trait not listed was not asked.",
  })
  traits!: TraitValueInput[];

  @Field(() => [StageEnum], {
    nullable: true,
    description: "The stages it serves, stated explicitly; where not given they follow from its records.",
  })
  stages?: Stage[] | null;

  @Field(() => SplitEnum, {
    nullable: true,
    description: "The split of its group; where not given it has its author's, if any.",
  })
  split?: Split | null;

  @Field(() => [String], { defaultValue: [], description: "Free words attached to it, at most 100." })
  tags!: string[];

  @Field(() => JSONObject, { nullable: true, description: "Further facts, kept as they are." })
  metadata?: Record<string, unknown> | null;
}

@InputType({ description: "New prompts of a dataset: all are stored, or none." })
export class CreatePromptsInput {
  @Field(() => ID, { description: "The dataset." })
  datasetId!: string;

  @Field(() => [PromptInput], { description: "1 to 1,000 prompts." })
  prompts!: PromptInput[];

  @Field(() => String, {
    nullable: true,
    description: "Sent again with the same key within 24 hours, the first result is returned.",
  })
  idempotencyKey?: string | null;
}

@InputType({
  description: "What is said about prompts. A field that is left out stays as it is; an explicit null takes it back.",
})
export class AnnotatePromptsInput {
  @Field(() => [ID], { description: "1 to 1,000 prompts of one dataset; one named twice counts once." })
  ids!: string[];

  @Field(() => UseCaseEnum, { nullable: true, description: "The use case; null: not annotated." })
  useCase?: UseCase | null;

  @Field(() => String, { nullable: true, description: "The language, 1 to 100 characters; null: not known." })
  language?: string | null;

  @Field(() => [TraitValueInput], {
    nullable: true,
    description: "Traits to set; all others stay. null: no trait was asked.",
  })
  traits?: TraitValueInput[] | null;

  @Field(() => [PromptTraitEnum], { defaultValue: [], description: "Traits to be taken back: they were not asked." })
  withoutTraits!: PromptTrait[];

  @Field(() => [StageEnum], {
    nullable: true,
    description: "The stages, stated explicitly, [] for none; null: they follow from the records.",
  })
  stages?: Stage[] | null;
}

@InputType({ description: "Prompts that are left out of stages." })
export class ExcludePromptsInput {
  @Field(() => [ID], { description: "1 to 1,000 prompts of one dataset; one named twice counts once." })
  ids!: string[];

  @Field({ description: "Why, 1 to 10,000 characters." })
  reason!: string;

  @Field(() => [StageEnum], { defaultValue: [...STAGES], description: "The stages they are left out of." })
  from!: Stage[];
}

@ArgsType()
export class RestorePromptsArguments {
  @Field(() => [ID], { description: "1 to 1,000 prompts of one dataset; one named twice counts once." })
  ids!: string[];
}
