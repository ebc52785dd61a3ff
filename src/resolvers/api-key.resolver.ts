import { Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from "type-graphql";
import type { DatasetRecord } from "../entities/queries/datasets/datasets.js";
import type { ApiKeyRecord } from "../entities/queries/keys/api-keys.js";
import type { LabelerRecord } from "../entities/queries/labelers/labelers.js";
import { ApiKey, ApiKeyConnection } from "../schema/api-key.js";
import { ForwardPageArguments } from "../schema/arguments/page-arguments.js";
import { Dataset } from "../schema/dataset.js";
import { Labeler } from "../schema/labeler.js";
import { globalId } from "../services/input/global-id.js";
import { listApiKeys } from "../services/reads/api-wide-lists.js";
import type { Context } from "../services/request/context.js";
import { grantedDatasets, labelerOfKey } from "../services/request/key-facts.js";
import type { Page } from "../services/request/page.js";

@Resolver(() => ApiKey)
export class ApiKeyResolver {
  @Query(() => ApiKeyConnection, { description: "All API keys, revoked ones among them, oldest first; for ADMIN." })
  apiKeys(
    @Args(() => ForwardPageArguments) args: ForwardPageArguments,
    @Ctx() context: Context,
  ): Promise<Page<ApiKeyRecord>> {
    return listApiKeys(context, args);
  }

  @FieldResolver(() => ID, { description: "The global, opaque id." })
  id(@Root() key: ApiKeyRecord): string {
    return globalId("ApiKey", key.id);
  }

  @FieldResolver(() => Labeler, { nullable: true, description: "The labeler whom a key of role LABELER stands for." })
  labeler(@Root() key: ApiKeyRecord, @Ctx() { loaders }: Context): Promise<LabelerRecord | null> {
    return labelerOfKey(loaders, key);
  }

  @FieldResolver(() => [Dataset], {
    nullable: true,
    description: "The datasets that it is granted; null: its role reaches all of them.",
  })
  datasets(@Root() key: ApiKeyRecord, @Ctx() { loaders }: Context): Promise<DatasetRecord[] | null> {
    return grantedDatasets(loaders, key);
  }
}
