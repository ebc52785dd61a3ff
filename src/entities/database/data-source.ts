import "reflect-metadata";
import { DataSource } from "typeorm";
import { ApiKeyDatasetRow, ApiKeyRow } from "../api-key.entity.js";
import { AssessmentRow } from "../assessment.entity.js";
import { AuditEntryRow } from "../audit-entry.entity.js";
import { CompletionRow } from "../completion.entity.js";
import { CompletionScoreRow } from "../completion-score.entity.js";
import { CountedFactsRow } from "../counted-facts.entity.js";
import { DatasetRow } from "../dataset.entity.js";
import { DemonstrationRow } from "../demonstration.entity.js";
import { EvaluationRow } from "../evaluation.entity.js";
import { FileRemovalRow } from "../file-removal.entity.js";
import { IdempotentRequestRow } from "../idempotent-request.entity.js";
import { ImportLineRow } from "../import-line.entity.js";
import { InstructionVersionRow } from "../instruction-version.entity.js";
import { JobDependencyRow, JobModelRow, JobRow, JobRunnerRow } from "../job.entity.js";
import { CheckpointRow, JobSampleRow, MetricPointRow } from "../job-log.entity.js";
import { DatasetLabelerRow, LabelerRow } from "../labeler.entity.js";
import { DemonstrationLengthRow, PromptLengthRow } from "../length.entity.js";
import { ModelParentRow, ModelRow } from "../model.entity.js";
import { PromptRow, PromptStateRow } from "../prompt.entity.js";
import { RankingRow } from "../ranking.entity.js";
import { SamplingRow } from "../sampling.entity.js";
import { SkipRow } from "../skip.entity.js";
import { AuthorGroupRow, SplitAssignmentRow, SplitGroupRow, SplitPolicyRow } from "../split.entity.js";
import { COLUMN_PARSERS } from "./column-parsers.js";
import { readMigrations } from "./migrations.js";

/** Every table as a TypeORM entity. */
const ENTITIES = [
  ApiKeyDatasetRow,
  ApiKeyRow,
  AssessmentRow,
  AuditEntryRow,
  AuthorGroupRow,
  CheckpointRow,
  CompletionRow,
  CompletionScoreRow,
  CountedFactsRow,
  DatasetLabelerRow,
  DatasetRow,
  DemonstrationLengthRow,
  DemonstrationRow,
  EvaluationRow,
  FileRemovalRow,
  IdempotentRequestRow,
  ImportLineRow,
  InstructionVersionRow,
  JobDependencyRow,
  JobModelRow,
  JobRow,
  JobRunnerRow,
  JobSampleRow,
  LabelerRow,
  MetricPointRow,
  ModelParentRow,
  ModelRow,
  PromptLengthRow,
  PromptRow,
  PromptStateRow,
  RankingRow,
  SamplingRow,
  SkipRow,
  SplitAssignmentRow,
  SplitGroupRow,
  SplitPolicyRow,
];

/** A data source for a PostgreSQL URL, not yet connected. poolSize: connections at most. */
export function createDataSource(url: string, poolSize: number): DataSource {
  return new DataSource({
    type: "postgres",
    url,
    entities: ENTITIES,
    migrations: readMigrations(),
    migrationsTableName: "migration",
    applicationName: "accord",
    poolSize,
    extra: { connectionTimeoutMillis: 10_000, idleTimeoutMillis: 60_000, keepAlive: true, types: COLUMN_PARSERS },
  });
}
