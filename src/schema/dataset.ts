import { Field, Int, ObjectType } from "type-graphql";
import type { LengthTokenizer } from "../vocabulary.js";
import { connectionType } from "./connection.js";
import { Node } from "./node.js";
import { DateTime } from "./scalars.js";

@ObjectType({
  implements: Node,
  description: "Prompts and everything people and models said about them.",
  simpleResolvers: true,
})
export class Dataset extends Node {
  @Field({ description: "The short, unique name used in addresses and on the command line." })
  slug!: string;

  @Field({ description: "The name shown to people." })
  name!: string;

  @Field({ description: "What the dataset holds, in words." })
  description!: string;

  @Field(() => String, { description: "The tokenizer in which its lengths are counted: GPT2 or BYTES." })
  tokenizer!: LengthTokenizer;

  @Field(() => DateTime, { description: "When it was created." })
  createdAt!: Date;

  @Field(() => Int, { description: "Grows with every committed change; every record knows in which it came and went." })
  revision!: number;
}

export const DatasetConnection = connectionType<Dataset>("Dataset", () => Dataset);
