import { Args, Ctx, Query, Resolver } from "type-graphql";
import { NodeArguments, NodesArguments } from "../schema/arguments/list-arguments.js";
import { Node } from "../schema/node.js";
import type { Context } from "../services/request/context.js";
import { type FoundNode, findNode, findNodes } from "../services/request/find-node.js";

@Resolver()
export class NodeResolver {
  @Query(() => Node, {
    nullable: true,
    description: "Any object by its global id; null: none that the viewer may see.",
  })
  node(@Args(() => NodeArguments) { id }: NodeArguments, @Ctx() context: Context): Promise<FoundNode | null> {
    return findNode(context, id);
  }

  @Query(() => [Node], { nullable: "items", description: "Objects by their global ids, at most 100, in that order." })
  nodes(@Args(() => NodesArguments) { ids }: NodesArguments, @Ctx() context: Context): Promise<(FoundNode | null)[]> {
    return findNodes(context, ids);
  }
}
