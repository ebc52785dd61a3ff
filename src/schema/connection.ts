import { type ClassType, Field, Int, ObjectType, Root } from "type-graphql";
import type { Page } from "../services/request/page.js";

@ObjectType({ description: "Where a page stands in its list (Relay Cursor Connections).", simpleResolvers: true })
export class PageInfo {
  @Field({ description: "Whether more follows after the last edge." })
  hasNextPage!: boolean;

  @Field({ description: "Whether something stands before the first edge." })
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: "The cursor of the first edge." })
  startCursor!: string | null;

  @Field(() => String, { nullable: true, description: "The cursor of the last edge." })
  endCursor!: string | null;
}

/** Makes FooConnection and FooEdge for a type; the value of a connection is a Page. */
export function connectionType<Row>(name: string, nodeType: () => ClassType) {
  @ObjectType(`${name}Edge`, { description: `One ${name} of a page, with its cursor.`, simpleResolvers: true })
  class Edge {
    @Field({ description: "Where this edge stands; pass it as after or before." })
    cursor!: string;

    @Field(nodeType, { description: `The ${name}.` })
    node!: Row;
  }

  @ObjectType(`${name}Connection`, { description: `A page of a list of ${name}.`, simpleResolvers: true })
  class Connection {
    @Field(() => [Edge], { description: "The edges of this page." })
    edges!: Edge[];

    @Field(() => [nodeType()], { description: "The nodes of this page, without their cursors." })
    nodes!: Row[];

    @Field({ description: "Where this page stands." })
    pageInfo!: PageInfo;

    @Field(() => Int, { description: "How many there are in the whole list; counted only when asked for." })
    totalCount(@Root() page: Page<Row>): Promise<number> {
      return page.count();
    }
  }
  return Connection;
}
