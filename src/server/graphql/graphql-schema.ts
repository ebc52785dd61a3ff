import "reflect-metadata";
import { createPubSub } from "@graphql-yoga/subscription";
import { type GraphQLObjectType, type GraphQLSchema, isInterfaceType } from "graphql";
import { buildSchema } from "type-graphql";
import {
  AgreementReportResolver,
  CoefficientTableResolver,
  DatasetAgreementResolver,
  LabelerAgreementResolver,
  LabelerPairAgreementResolver,
  LabelersAgreementResolver,
} from "../../resolvers/agreement.resolver.js";
import { ApiKeyResolver } from "../../resolvers/api-key.resolver.js";
import { AssessmentResolver } from "../../resolvers/assessment.resolver.js";
import { AuditEntryResolver } from "../../resolvers/audit-entry.resolver.js";
import { CompletionResolver } from "../../resolvers/completion.resolver.js";
import { DatasetResolver } from "../../resolvers/dataset.resolver.js";
import { DatasetChangedResolver } from "../../resolvers/dataset-changed.resolver.js";
import { DemonstrationResolver } from "../../resolvers/demonstration.resolver.js";
import { EvaluationResolver } from "../../resolvers/evaluation.resolver.js";
import { InstructionVersionResolver } from "../../resolvers/instruction-version.resolver.js";
import { CheckpointResolver, JobResolver, JobSampleResolver } from "../../resolvers/job.resolver.js";
import { JobEventsResolver } from "../../resolvers/job-events.resolver.js";
import { LabelerResolver } from "../../resolvers/labeler.resolver.js";
import {
  DatasetLabelerQualityResolver,
  LabelerQualityReportResolver,
  LabelerQualityResolver,
  LabelerSignalResolver,
} from "../../resolvers/labeler-quality.resolver.js";
import { LeaderboardResolver } from "../../resolvers/leaderboard.resolver.js";
import { ModelResolver } from "../../resolvers/model.resolver.js";
import { NodeResolver } from "../../resolvers/node.resolver.js";
import { PromptResolver } from "../../resolvers/prompt.resolver.js";
import { RankingResolver } from "../../resolvers/ranking.resolver.js";
import { ViewerResolver } from "../../resolvers/viewer.resolver.js";
import { DatasetWritesResolver } from "../../resolvers/writes/dataset-writes.resolver.js";
import { EvaluationWritesResolver } from "../../resolvers/writes/evaluation-writes.resolver.js";
import { ImportRecordsResolver } from "../../resolvers/writes/import-records.resolver.js";
import { JobWritesResolver } from "../../resolvers/writes/job-writes.resolver.js";
import { KeyWritesResolver } from "../../resolvers/writes/key-writes.resolver.js";
import { LabelWritesResolver } from "../../resolvers/writes/label-writes.resolver.js";
import { LabelerWritesResolver } from "../../resolvers/writes/labeler-writes.resolver.js";
import { ModelWritesResolver } from "../../resolvers/writes/model-writes.resolver.js";
import { PromptWritesResolver } from "../../resolvers/writes/prompt-writes.resolver.js";
import { TrainingResolver } from "../../resolvers/writes/training.resolver.js";
import type { NodeRow } from "../../schema/node.js";
import { DateTime } from "../../schema/scalars.js";
import { globalId, type NodeType } from "../../services/input/global-id.js";

/** Builds the executable schema from the resolvers. */
export async function createSchema(): Promise<GraphQLSchema> {
  const schema = await buildSchema({
    resolvers: [
      AgreementReportResolver,
      ApiKeyResolver,
      AssessmentResolver,
      AuditEntryResolver,
      CheckpointResolver,
      CompletionResolver,
      CoefficientTableResolver,
      DatasetAgreementResolver,
      DatasetLabelerQualityResolver,
      LabelerQualityReportResolver,
      LabelerQualityResolver,
      LabelerSignalResolver,
      DatasetChangedResolver,
      DatasetResolver,
      DatasetWritesResolver,
      DemonstrationResolver,
      EvaluationResolver,
      EvaluationWritesResolver,
      ImportRecordsResolver,
      InstructionVersionResolver,
      JobEventsResolver,
      JobResolver,
      JobSampleResolver,
      JobWritesResolver,
      ModelWritesResolver,
      TrainingResolver,
      KeyWritesResolver,
      LabelWritesResolver,
      LabelerAgreementResolver,
      LabelerPairAgreementResolver,
      LabelersAgreementResolver,
      LabelerResolver,
      LabelerWritesResolver,
      LeaderboardResolver,
      ModelResolver,
      NodeResolver,
      PromptResolver,
      PromptWritesResolver,
      RankingResolver,
      ViewerResolver,
    ],
    scalarsMap: [{ type: Date, scalar: DateTime }],
    validate: false,
    // Subscriptions bring their own sources (src/services/feeds/notifications.ts); type-graphql demands a hub all the same.
    pubSub: createPubSub(),
  });
  // type-graphql makes a promise of the type's name, which graphql-jit does not wait for.
  const node = schema.getType("Node");
  if (isInterfaceType(node)) {
    node.resolveType = (row: NodeRow) => row.nodeType;
    for (const type of schema.getPossibleTypes(node)) resolveIdDirectly(type);
  }
  return schema;
}

/**
 * A page has hundreds of ids, and each needs no more than its row: type-graphql's way to the resolver's method, with its
 * list of arguments made anew each time, would be a tenth of all that a nested page allocates.
 */
function resolveIdDirectly(type: GraphQLObjectType): void {
  const { id } = type.getFields();
  if (id) id.resolve = (row: NodeRow) => globalId(type.name as NodeType, row.id);
}
