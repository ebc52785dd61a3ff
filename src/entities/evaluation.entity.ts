import { Column, Entity, PrimaryGeneratedColumn } from "typeorm";

/** An evaluation by models. results: empty until its job has succeeded. */
@Entity("evaluation")
export class EvaluationRow {
  @PrimaryGeneratedColumn("identity", { type: "bigint", generatedIdentity: "BY DEFAULT" }) id!: string;
  @Column({ name: "job_id", type: "bigint" }) jobId!: string;
  @Column({ name: "dataset_id", type: "bigint", nullable: true }) datasetId!: string | null;
  @Column({ name: "model_id", type: "bigint", nullable: true }) modelId!: string | null;
  @Column({ type: "jsonb" }) input!: Record<string, unknown>;
  @Column({ type: "jsonb" }) results!: Record<string, unknown>[];
  @Column({ type: "text", array: true }) warnings!: string[];
  @Column({ name: "created_at", type: "timestamptz" }) createdAt!: Date;
}
