import { Arg, Args, Ctx, Mutation, Resolver } from "type-graphql";
import type { ApiKeyRecord } from "../../entities/queries/keys/api-keys.js";
import { ApiKey } from "../../schema/api-key.js";
import { CreatedApiKey } from "../../schema/created-api-key.js";
import { CreateApiKeyInput, RevokeApiKeyArguments } from "../../schema/inputs/key-inputs.js";
import { changedThing } from "../../services/request/changed-rows.js";
import type { Context } from "../../services/request/context.js";
import { createApiKey, revokeApiKey } from "../../services/writes/manage-keys.js";

@Resolver()
export class KeyWritesResolver {
  @Mutation(() => CreatedApiKey, { description: "Makes an API key and shows its secret this once. ADMIN." })
  async createApiKey(
    @Arg("input", () => CreateApiKeyInput, { description: "The key." }) input: CreateApiKeyInput,
    @Ctx() context: Context,
  ): Promise<{ apiKey: ApiKeyRecord; secret: string }> {
    const { id, secret } = await createApiKey(context, input);
    return { apiKey: await changedThing(context.loaders, context.loaders.apiKey, id), secret };
  }

  @Mutation(() => ApiKey, {
    description:
      "Revokes an API key at once and closes its open WebSockets; to revoke the last key of role ADMIN is a CONFLICT. ADMIN.",
  })
  async revokeApiKey(
    @Args(() => RevokeApiKeyArguments) args: RevokeApiKeyArguments,
    @Ctx() context: Context,
  ): Promise<ApiKeyRecord> {
    return changedThing(context.loaders, context.loaders.apiKey, await revokeApiKey(context, args));
  }
}
