import { Field, ID, InterfaceType } from "type-graphql";
import type { NodeType } from "../services/input/global-id.js";

/** A row that can be named by a global id; `nodeType` is set where the type must be told at run time. */
export interface NodeRow {
  readonly id: string;
  readonly nodeType: NodeType;
}

@InterfaceType({
  description: "An object with a global id (Relay Global Object Identification).",
  resolveType: (row: NodeRow) => row.nodeType,
})
export abstract class Node {
  @Field(() => ID, { description: "The global, opaque id." })
  id!: string;
}
