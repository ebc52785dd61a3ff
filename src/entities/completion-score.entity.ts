import { Column, Entity, PrimaryColumn } from "typeorm";

/** What a reward model says of a completion. */
@Entity("completion_score")
export class CompletionScoreRow {
  @PrimaryColumn({ name: "completion_id", type: "bigint" }) completionId!: string;
  @PrimaryColumn({ name: "model_id", type: "bigint" }) modelId!: string;
  @Column({ type: "double precision" }) score!: number;
  @Column({ name: "job_id", type: "bigint" }) jobId!: string;
}
