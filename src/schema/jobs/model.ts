import { ArgsType, Field, ID, Int, ObjectType } from "type-graphql";
import type { ModelStage, TokenizerKind } from "../../vocabulary.js";
import { ForwardPageArguments } from "../arguments/page-arguments.js";
import { connectionType } from "../connection.js";
import { ModelStageEnum } from "../enums.js";
import { Node } from "../node.js";
import { BigInteger, DateTime, JSONObject } from "../scalars.js";

@ObjectType("Model", {
  implements: Node,
  description: "A model that was trained here, or imported.",
  simpleResolvers: true,
})
export class ModelType extends Node {
  @Field({ description: "Its name, which no other model ever has; completions of it have it as their source." })
  name!: string;

  @Field(() => ModelStageEnum, { description: "What it was trained for." })
  stage!: ModelStage;

  @Field(() => BigInteger, { description: "How many weights it has." })
  parameterCount!: string;

  @Field(() => JSONObject, { description: "Layers, heads, width, contextLength, vocabularySize, tokenizer." })
  architecture!: Record<string, unknown>;

  @Field(() => String, { description: "TRAINED_BPE, GPT2 or BYTES." })
  tokenizer!: TokenizerKind;

  @Field({ description: "The hash of its file: equal trainings give equal files." })
  sha256!: string;

  @Field(() => BigInteger, { description: "The size of its file." })
  bytes!: string;

  @Field(() => [String], {
    nullable: true,
    description: "What its import left out or reads otherwise, a sentence each; null: it was made here.",
  })
  importNotes!: readonly string[] | null;

  @Field(() => DateTime, { description: "When it was stored." })
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true, description: "When it was deleted; name and hash stay." })
  deletedAt!: Date | null;
}

export const ModelConnection = connectionType<ModelType>("Model", () => ModelType);

@ArgsType()
export class ModelListArguments extends ForwardPageArguments {
  @Field(() => ModelStageEnum, { nullable: true, description: "Models of this stage only." })
  stage?: ModelStage | null;
}

@ArgsType()
export class ModelIdArguments {
  @Field(() => ID, { description: "The model." })
  id!: string;
}

@ObjectType("Checkpoint", {
  description: "A state that a job can go on from.",
  implements: Node,
  simpleResolvers: true,
})
export class CheckpointType extends Node {
  @Field(() => Int, { description: "The step after which it was made." })
  step!: number;

  @Field(() => BigInteger, { description: "The size of its file." })
  bytes!: string;

  @Field({ description: "The hash of its file, checked whenever it is read." })
  sha256!: string;

  @Field(() => DateTime, { description: "When it was stored." })
  createdAt!: Date;
}
