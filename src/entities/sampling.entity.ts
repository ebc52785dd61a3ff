import { Column, Entity, PrimaryGeneratedColumn } from "typeorm";

/** How completions of a model were made: what a sampling must share with another for its completions to be reused. */
@Entity("sampling")
export class SamplingRow {
  @PrimaryGeneratedColumn("identity", { type: "bigint", generatedIdentity: "BY DEFAULT" }) id!: string;
  @Column({ name: "dataset_id", type: "bigint" }) datasetId!: string;
  @Column({ name: "model_id", type: "bigint" }) modelId!: string;
  @Column({ name: "job_id", type: "bigint", nullable: true }) jobId!: string | null;
  @Column({ type: "double precision" }) temperature!: number;
  @Column({ name: "max_response_tokens", type: "integer" }) maxResponseTokens!: number;
  @Column({ type: "integer" }) seed!: number;
  @Column({ type: "text" }) environment!: string;
}
