import "reflect-metadata";
import { createPubSub } from "@graphql-yoga/subscription";
import type { GraphQLSchema } from "graphql";
import { buildSchema } from "type-graphql";
import { DatasetResolver } from "../resolvers/dataset.resolver.js";
import { ViewerResolver } from "../resolvers/viewer.resolver.js";
import { DateTime } from "../schema/scalars.js";

/** Builds the executable schema from the resolvers. */
export function createSchema(): Promise<GraphQLSchema> {
  return buildSchema({
    resolvers: [DatasetResolver, ViewerResolver],
    scalarsMap: [{ type: Date, scalar: DateTime }],
    validate: false,
    // Subscriptions bring their own sources (src/services/notifications.ts); type-graphql demands a hub all the same.
    pubSub: createPubSub(),
  });
}
