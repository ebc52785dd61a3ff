import { Column, Entity, PrimaryColumn, PrimaryGeneratedColumn } from "typeorm";

/** A point of a job's metric log; sequence: from 1 without gaps. A value that is no number is null, with the reason. */
@Entity("metric_point")
export class MetricPointRow {
  @PrimaryColumn({ name: "job_id", type: "bigint" }) jobId!: string;
  @PrimaryColumn({ type: "integer" }) sequence!: number;
  @Column({ type: "text" }) name!: string;
  @Column({ type: "integer" }) step!: number;
  @Column({ type: "double precision", nullable: true }) value!: number | null;
  @Column({ type: "text", nullable: true }) reason!: string | null;
  @Column({ type: "timestamptz" }) at!: Date;
}

/** A state that a job can go on from. points: how many points of its log came before; file: its place below DATA_DIR. */
@Entity("checkpoint")
export class CheckpointRow {
  @PrimaryGeneratedColumn("identity", { type: "bigint", generatedIdentity: "BY DEFAULT" }) id!: string;
  @Column({ name: "job_id", type: "bigint" }) jobId!: string;
  @Column({ type: "integer" }) step!: number;
  @Column({ type: "integer" }) points!: number;
  @Column({ type: "bigint" }) bytes!: string;
  @Column({ type: "text" }) sha256!: string;
  @Column({ type: "text" }) file!: string;
  @Column({ name: "created_at", type: "timestamptz" }) createdAt!: Date;
}

/** What the model of a job said to a prompt at a step. */
@Entity("job_sample")
export class JobSampleRow {
  @PrimaryColumn({ name: "job_id", type: "bigint" }) jobId!: string;
  @PrimaryColumn({ type: "integer" }) step!: number;
  @PrimaryColumn({ type: "smallint" }) position!: number;
  @Column({ name: "prompt_id", type: "bigint" }) promptId!: string;
  @Column({ type: "text" }) text!: string;
}
