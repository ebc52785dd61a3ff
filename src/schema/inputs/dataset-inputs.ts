import { ArgsType, Field, Float, ID, InputType, Int } from "type-graphql";
import type { SplitGrouping } from "../../vocabulary.js";
import { SplitGroupingEnum } from "../enums.js";

@InputType({ description: "A new dataset, without anything in it." })
export class CreateDatasetInput {
  @Field({
    description:
      "The short, unique name: 1 to 100 lower-case letters a–z, digits, - and _, beginning with a letter or a digit.",
  })
  slug!: string;

  @Field({ description: "The name shown to people, 1 to 200 characters." })
  name!: string;

  @Field({ defaultValue: "", description: "What the dataset holds, in words, at most 10,000 characters." })
  description!: string;

  @Field(() => String, {
    nullable: true,
    description: "The tokenizer in which its lengths are counted: GPT2 or BYTES; GPT2 where not given.",
  })
  tokenizer?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Sent again with the same key within 24 hours, the first result is returned.",
  })
  idempotencyKey?: string | null;
}

@InputType({ description: "A change of a dataset; what is left out stays as it is." })
export class UpdateDatasetInput {
  @Field(() => ID, { description: "The dataset." })
  id!: string;

  @Field(() => String, { nullable: true, description: "The new name, 1 to 200 characters." })
  name?: string | null;

  @Field(() => String, { nullable: true, description: "The new description, at most 10,000 characters." })
  description?: string | null;
}

@InputType({ description: "How the prompts of a dataset are divided; the same seed gives the same splits." })
export class AssignSplitsInput {
  @Field(() => ID, { description: "The dataset." })
  datasetId!: string;

  @Field(() => Float, { defaultValue: 0.8, description: "The share of prompts for TRAIN; the three add up to 1." })
  train!: number;

  @Field(() => Float, { defaultValue: 0.1, description: "The share of prompts for VALIDATION." })
  validation!: number;

  @Field(() => Float, { defaultValue: 0.1, description: "The share of prompts for TEST." })
  test!: number;

  @Field(() => Int, { defaultValue: 0, description: "What decides which group goes where." })
  seed!: number;

  @Field(() => SplitGroupingEnum, {
    defaultValue: "AUTHOR",
    description: "What is kept together besides equal texts: an author's prompts, or nothing.",
  })
  groupBy!: SplitGrouping;

  @Field(() => Boolean, {
    defaultValue: true,
    description: "Whether what has a split keeps it; false: everything is assigned anew.",
  })
  onlyUnassigned!: boolean;

  @Field(() => String, {
    nullable: true,
    description: "Sent again with the same key within 24 hours, the first result is returned.",
  })
  idempotencyKey?: string | null;
}

@ArgsType()
export class DeleteDatasetArguments {
  @Field(() => ID, { description: "The dataset." })
  id!: string;

  @Field({ description: "Its slug, repeated as a confirmation." })
  slug!: string;
}

@ArgsType()
export class DatasetChangedArguments {
  @Field(() => ID, { description: "The dataset." })
  datasetId!: string;
}
