import { Field, ID, InputType, Int } from "type-graphql";

@InputType({ description: "One output of a model." })
export class CompletionInput {
  @Field(() => ID, { description: "The prompt that it answers." })
  promptId!: string;

  @Field({ description: "The output; it may be empty." })
  text!: string;

  @Field(() => Int, {
    nullable: true,
    description:
      "Which of the source's samples for the prompt it is, from 0; the next one where not given. A sample that is stored already gets a new version.",
  })
  sampleIndex?: number | null;

  @Field(() => Boolean, {
    nullable: true,
    description: "Whether it ended by itself: false where it was cut at a limit of tokens; not known where not given.",
  })
  ended?: boolean | null;
}

@InputType({ description: "Outputs of one model for prompts of a dataset: all are stored, or none." })
export class SubmitCompletionsInput {
  @Field(() => ID, { description: "The dataset." })
  datasetId!: string;

  @Field({ description: "The name of the model or policy, 1 to 200 characters; hidden from labelers." })
  source!: string;

  @Field(() => [CompletionInput], { description: "1 to 1,000 completions; a prompt can have 1,000 in all." })
  completions!: CompletionInput[];

  @Field(() => String, {
    nullable: true,
    description: "Sent again with the same key within 24 hours, the first result is returned.",
  })
  idempotencyKey?: string | null;
}
