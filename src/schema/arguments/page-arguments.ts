import { ArgsType, Field, Int } from "type-graphql";

/** The arguments of a list that is read forward only. */
@ArgsType()
export class ForwardPageArguments {
  @Field(() => Int, { nullable: true, description: "How many to read, 0 to 200; 20 where not given." })
  first?: number | null;

  @Field(() => String, { nullable: true, description: "Read on after this cursor." })
  after?: string | null;
}

/** The arguments of a list that is read in both directions. */
@ArgsType()
export class PageArgumentsBothWays extends ForwardPageArguments {
  @Field(() => Int, { nullable: true, description: "How many to read from the end backwards, 0 to 200." })
  last?: number | null;

  @Field(() => String, { nullable: true, description: "Read backwards from this cursor." })
  before?: string | null;
}
