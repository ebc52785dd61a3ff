import { Column, Entity, PrimaryGeneratedColumn } from "typeorm";

/** One model output for a prompt; position is its ordinal within the prompt, from 0. */
@Entity("completion")
export class CompletionRow {
  @PrimaryGeneratedColumn("identity", { type: "bigint", generatedIdentity: "BY DEFAULT" }) id!: string;
  @Column({ name: "dataset_id", type: "bigint" }) datasetId!: string;
  @Column({ name: "prompt_id", type: "bigint" }) promptId!: string;
  @Column({ type: "smallint" }) position!: number;
  @Column({ type: "text" }) key!: string;
  @Column({ type: "text" }) text!: string;
  @Column({ type: "text", nullable: true }) source!: string | null;
  @Column({ name: "sample_index", type: "integer" }) sampleIndex!: number;
  @Column({ type: "integer" }) version!: number;
  @Column({ name: "created_at", type: "timestamptz" }) createdAt!: Date;
  @Column({ name: "created_at_given", type: "boolean" }) createdAtGiven!: boolean;
  @Column({ name: "added_in", type: "integer" }) addedIn!: number;
  @Column({ name: "model_id", type: "bigint", nullable: true }) modelId!: string | null;
  @Column({ type: "boolean", nullable: true }) ended!: boolean | null;
  @Column({ name: "sampling_id", type: "bigint", nullable: true }) samplingId!: string | null;
}
