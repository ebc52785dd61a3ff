import { Column, Entity, PrimaryColumn, PrimaryGeneratedColumn } from "typeorm";
import type { JobErrorCode } from "../errors.js";
import type { JobKind, JobLane, JobStatus } from "../vocabulary.js";

/**
 * Work in the background, and the queue itself: a runner claims a row and holds it by a lease. lease: the fencing token,
 * which every write of a runner names; it grows with each claim, cancellation and handing back.
 */
@Entity("job")
export class JobRow {
  @PrimaryGeneratedColumn("identity", { type: "bigint", generatedIdentity: "BY DEFAULT" }) id!: string;
  @Column({ type: "text" }) kind!: JobKind;
  @Column({ type: "text" }) lane!: JobLane;
  @Column({ type: "bigint" }) place!: string;
  @Column({ type: "text" }) status!: JobStatus;
  @Column({ name: "model_name", type: "text", nullable: true }) modelName!: string | null;
  @Column({ type: "jsonb" }) config!: Record<string, unknown>;
  @Column({ name: "dataset_id", type: "bigint", nullable: true }) datasetId!: string | null;
  @Column({ name: "dataset_revision", type: "integer", nullable: true }) datasetRevision!: number | null;
  @Column({ name: "input_sha256", type: "text", nullable: true }) inputSha256!: string | null;
  @Column({ type: "jsonb", nullable: true }) environment!: Record<string, unknown> | null;
  @Column({ type: "integer" }) attempts!: number;
  @Column({ name: "run_at", type: "timestamptz" }) runAt!: Date;
  @Column({ type: "bigint" }) lease!: string;
  @Column({ name: "lease_until", type: "timestamptz", nullable: true }) leaseUntil!: Date | null;
  @Column({ type: "text", nullable: true }) runner!: string | null;
  @Column({ name: "claimed_at_step", type: "integer" }) claimedAtStep!: number;
  @Column({ type: "text" }) phase!: string;
  @Column({ type: "integer" }) step!: number;
  @Column({ name: "total_steps", type: "integer" }) totalSteps!: number;
  @Column({ name: "eta_seconds", type: "double precision", nullable: true }) etaSeconds!: number | null;
  @Column({ name: "tokens_per_second", type: "double precision", nullable: true }) tokensPerSecond!: number | null;
  @Column({ name: "last_sequence", type: "integer" }) lastSequence!: number;
  @Column({ name: "steps_stored", type: "integer" }) stepsStored!: number;
  @Column({ type: "text", array: true }) warnings!: string[];
  @Column({ name: "error_code", type: "text", nullable: true }) errorCode!: JobErrorCode | null;
  @Column({ name: "error_message", type: "text", nullable: true }) errorMessage!: string | null;
  @Column({ name: "error_step", type: "integer", nullable: true }) errorStep!: number | null;
  @Column({ name: "created_by", type: "text" }) createdBy!: string;
  @Column({ name: "created_at", type: "timestamptz" }) createdAt!: Date;
  @Column({ name: "started_at", type: "timestamptz", nullable: true }) startedAt!: Date | null;
  @Column({ name: "finished_at", type: "timestamptz", nullable: true }) finishedAt!: Date | null;
}

/** A job that another waits for, and whose model it takes. role: what the model is to it. */
@Entity("job_dependency")
export class JobDependencyRow {
  @PrimaryColumn({ name: "job_id", type: "bigint" }) jobId!: string;
  @PrimaryColumn({ name: "depends_on_id", type: "bigint" }) dependsOnId!: string;
  @Column({ type: "text" }) role!: string;
}

/** A model that a job was given. role: what the model is to it. */
@Entity("job_model")
export class JobModelRow {
  @PrimaryColumn({ name: "job_id", type: "bigint" }) jobId!: string;
  @PrimaryColumn({ type: "text" }) role!: string;
  @Column({ name: "model_id", type: "bigint" }) modelId!: string;
}

/** A process that runs jobs, as far as it is heard of: how many it runs at once. */
@Entity("job_runner")
export class JobRunnerRow {
  @PrimaryColumn({ type: "uuid" }) id!: string;
  @Column({ type: "text" }) name!: string;
  @Column({ name: "training_slots", type: "integer" }) trainingSlots!: number;
  @Column({ name: "short_slots", type: "integer" }) shortSlots!: number;
  @Column({ name: "alive_until", type: "timestamptz" }) aliveUntil!: Date;
}
